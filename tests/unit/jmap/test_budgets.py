"""What one request may read, and what is said when that is enough."""

from typing import Any

import pytest

from poststelle.blobs import BlobMissing
from poststelle.http.jmap import blob
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.limits import MAX_SIZE_BROUGHT, MAX_SIZE_PARSED
from poststelle.model.errors import Conflict, NotFound, TooMany
from poststelle.providers.errors import RetryLater

NOBODY: Any = None


def new_call() -> Call:
    return Call(NOBODY, NOBODY, uses_vendor=False)


def test_a_request_parses_so_much() -> None:
    """One octet more is refused, as a whole: nothing was changed by the others."""
    call = new_call()
    call.parse(MAX_SIZE_PARSED)
    with pytest.raises(MethodError, match="parse fewer"):
        call.parse(1)


def test_a_request_brings_so_much() -> None:
    """What is too much is refused by itself, and a smaller one after it goes in."""
    call = new_call()
    call.bring(MAX_SIZE_BROUGHT - 5)
    with pytest.raises(SetError):
        call.bring(6)
    call.bring(5)


@pytest.mark.parametrize(
    ("error", "types"),
    [
        (SetError("blobNotFound", "x"), ("blobNotFound", "notFound")),
        (SetError("rateLimit", "x"), ("rateLimit", "rateLimit")),
        (BlobMissing(), ("blobNotFound", "notFound")),
        (RetryLater("busy"), ("blobNotFound", "notFound")),
        (NotFound("no_such_part", "x"), ("notFound", "notFound")),
        (TooMany("too_many_uploads", "x", after_s=1), ("rateLimit", "rateLimit")),
        (Conflict("octets_gone", "x"), ("forbidden", "forbidden")),
        (OSError("disk full"), ("serverFail", "serverFail")),
    ],
)
def test_what_goes_wrong_with_one_blob_is_said_of_it(error: Exception, types: tuple[str, str]) -> None:
    """Of a blob to be made, and of one to be copied; those made before it stay known."""
    assert isinstance(error, blob.REFUSALS)
    assert blob.refusal(error)["type"] == types[0]
    assert blob.refusal(error, missing="notFound")["type"] == types[1]
