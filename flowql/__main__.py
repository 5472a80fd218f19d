"""`python -m flowql` is the program `flowql`."""

from flowql.cli import main

main()
