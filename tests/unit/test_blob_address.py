"""Where blobs are kept, as the environment says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from poststelle.model.blob_address import S3Address, parse


def s3(text: str) -> S3Address:
    found = parse(text, "key", "secret", None)
    assert isinstance(found, S3Address)
    return found


def test_an_address_says_where() -> None:
    """All of it, or as little as possible; what is shown to people holds no key."""
    found = s3("s3://mail/a/b/?endpoint=https://s3.example.org:9000/&region=eu-1&style=host")
    assert (found.bucket, found.prefix, found.region, found.is_virtual_hosted) == (
        "mail",
        "a/b",
        "eu-1",
        True,
    )
    assert found.endpoint == "https://s3.example.org:9000"
    assert str(found) == "s3://mail/a/b at https://s3.example.org:9000"
    assert "secret" not in repr(found)
    least = s3("s3://mail")
    assert (least.prefix, least.endpoint, least.is_virtual_hosted) == (
        "", "https://s3.us-east-1.amazonaws.com", False,
    )  # fmt: skip
    assert parse("/srv/mail", "", "", None) == parse("file:///srv/mail", "", "", None) == Path("/srv/mail")


@pytest.mark.parametrize(
    "text",
    [
        "mail", "s3://", "s3:///folder", "s3://mail?endpoint=s3.example.org", "s3://mail?style=x",
        "s3://key:secret@mail/x", "s3://mail?region=a&region=b", "s3://mail?endpoint=https://a@b",
    ],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|has|says|holds"):
        s3(text)
