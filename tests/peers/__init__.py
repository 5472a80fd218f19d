"""FlowQL against DuckDB: one log in both, questions in both languages, the same answers.

`log` makes the log, `peer` is DuckDB over it, `pairs` what a question in both languages is and how answers
are compared. Each other file is a table of pairs. The SQL is written by hand, from what LANGUAGE.md says and
with nothing of FlowQL's own.
"""
