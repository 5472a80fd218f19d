"""Answers as people and programs read them: one module for each format (`as_csv`, `as_table` ...).

`formats` lists the formats; `chart` draws matches over time, `as_html` is for notebooks, `terminal` tells
what a stream can show. Whoever renders passes an `Answer` and a place for bytes. Nothing here knows how an
answer came about.
"""
