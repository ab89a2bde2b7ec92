"""Which passkey an answer says it is of, before anything is looked up in the database."""

from typing import Any

import pytest

from poststelle.auth.passkeys import credential_of


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("AbC-_9", "AbC-_9"),
        ("AbC9==", "AbC9"),
        ("a\x00b", ""),
        ("ä", ""),
        ("a b", ""),
        ("", ""),
        (None, ""),
        ({"a": 1}, ""),
        ("a" * 2_001, ""),
    ],
)
def test_only_base64url_can_be_one(said: Any, expected: str) -> None:
    """PostgreSQL takes no NUL; nothing else is an id either."""
    assert credential_of({"rawId": said} if said is not None else {}) == expected
