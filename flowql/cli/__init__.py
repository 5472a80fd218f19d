"""The program `flowql`: commands, options, exit codes. Each command has a module, imported when it is run."""

from flowql.cli.process import main

__all__ = ["main"]
