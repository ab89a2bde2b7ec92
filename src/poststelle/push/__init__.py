"""Telling open browsers that something changed: hints only, the change log is the truth.

``hub`` serves one process. Across processes the store's own notification
mechanism will feed it. Must not read the store or know HTTP.
"""
