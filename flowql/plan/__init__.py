"""Syntax tree to logical plan to physical plan: what a query means and how it will be answered."""
