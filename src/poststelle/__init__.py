"""Poststelle: shared mailboxes for teams, mirrored with Microsoft 365.

``main`` builds the objects and hands them down; nothing happens at import.
Layers, upper rows import lower ones only (checked by ``lint-imports``):

    edges      cli, http
    engines    sync, writeback
    use cases  mail, submission, access, settings
    adapters   store, blobs, providers, jobs, push, auth
    core       mime, model, lib
"""
