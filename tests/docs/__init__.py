"""Documents as tests: what README.md and grammar/README.md show is run and compared."""
