"""Copies of a whole installation, made while it runs, and what becomes an installation again.

The key is not in them: it is kept apart (docs/decisions/0026).
"""
