"""Answers as text: one module for each format (`as_csv`, `as_table` ...), and `formats` that lists them.

Whoever renders passes an `Answer` and a place for bytes. Nothing here knows how an answer came about.
"""
