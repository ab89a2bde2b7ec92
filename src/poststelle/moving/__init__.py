"""Moves an installation from one kind of database to the other (docs/decisions/0029)."""
