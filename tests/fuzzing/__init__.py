"""Texts without number, made and mutated, and what has to hold of each on its way through parse and bind.

Any text is a query or has diagnostics: nothing else comes of it, not even a long wait. `words` are the samples of
each terminal, `made` derives texts from the grammar's rules and mutates known ones, `checks` says what has to
hold, `minimal` makes a failing text small. A text has a number: with the seed it is the same text every time.
`python -m fuzzing` checks a batch; `python -m bench fuzz` runs a million.
"""
