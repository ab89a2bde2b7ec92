"""The command line: one module a command, no rules of its own."""

from poststelle.cli.app import main

__all__ = ["main"]
