"""The form in which random tokens are stored."""

import hashlib


def hash_token(token: str) -> str:
    """A token of ours has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
