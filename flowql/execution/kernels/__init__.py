"""Kernels: stages answered over codes, integers and bitmaps, segment by segment, and merged exactly.

Owns groups, top, timecharts, percentiles and facets of the rows that a search matches. Everything else that a
stage can ask for runs in SQL, in `residual`.
"""
