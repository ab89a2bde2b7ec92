"""Secrets: passwords (argon2id), encryption at rest (AES-256-GCM), counting failed attempts.

Knows no users, accounts or database: callers hand in text and row identities.
"""
