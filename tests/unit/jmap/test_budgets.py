"""What one request may read, and what is said when that is enough."""

from typing import Any, NoReturn, cast

import pytest

from poststelle.blobs import BlobMissing
from poststelle.http.jmap import blob, body_options
from poststelle.http.jmap.api import Call, decode
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.body_options import BodyOptions
from poststelle.http.jmap.crowd import Crowd
from poststelle.http.jmap.email_mime import email_properties
from poststelle.http.jmap.errors import MethodError, RequestError, SetError
from poststelle.http.jmap.limits import MAX_SIZE_BROUGHT, MAX_SIZE_PARSED, Limits
from poststelle.http.jmap.portions import Portion
from poststelle.http.jmap.setting import later_state
from poststelle.mail.bringing import TooLarge, check_size
from poststelle.mime.html_text import unasked
from poststelle.model.draft import LARGEST_AT_MICROSOFT, MOST_TEXTS
from poststelle.model.errors import Conflict, NotFound, TooMany
from poststelle.model.ids import UserId
from poststelle.model.message import Address, Body
from poststelle.providers.errors import RetryLater

NOBODY: Any = None


def new_call() -> Call:
    return Call(NOBODY, NOBODY, uses_vendor=False)


def test_what_is_named_often_is_told_once() -> None:
    """Each name is work for every object; a header that is named often is one of a hundred."""
    often = ["size", "header:X-A", "size", *["header:X-A"] * 1_000]
    assert Args({"properties": ["id", "size"] * 1_000}).properties({"id", "size"}) == ["id", "size"]
    assert Args({"typeNames": often}).names("typeNames") == ["size", "header:X-A"]
    assert body_options.take(Args({"bodyProperties": often})).part_properties == ("size", "header:X-A")


def test_parts_within_parts_are_told_once() -> None:
    """Asked for by name besides, each level would double the work: 28 of them would be hours."""
    levels = 28
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    options = BodyOptions(part_properties=("partId", "subParts"))
    part = email_properties(unasked, b"".join(heads) + b"\r\nx", "b1", ["bodyStructure"], options)[
        "bodyStructure"
    ]
    for _ in range(levels):
        [part] = part["subParts"]
    assert part == {"partId": f"{levels + 1}", "subParts": None}


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_of_a_long_text_the_beginning_is_looked_at_for_a_preview(kind: str) -> None:
    """As where mail is read in: what comes later is in no preview, and costs nothing."""
    body = f"Content-Type: text/{kind}\r\n\r\n{' ' * 40_000}" + "x" * 1_000
    assert email_properties(unasked, body.encode(), "b1", ["preview"], BodyOptions()) == {"preview": ""}


@pytest.mark.anyio
async def test_a_request_that_takes_too_long_to_read_is_refused_as_one_too_large() -> None:
    """By a problem document, not by an error nobody expects here: a socket would end."""

    class Slow:
        async def work(self, *_: Any) -> NoReturn:
            raise TooMany("takes_too_long", "Too long.", after_s=1)

    with pytest.raises(RequestError) as refused, Crowd().load(UserId(1)) as load:
        await decode(b" " * 200_000, load, cast(Any, Slow()))
    assert (refused.value.status, refused.value.body["limit"]) == (429, "maxSizeRequest")


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


def test_a_request_writes_so_many_rows() -> None:
    """However few octets they are; one message that alone is too much is not put off for ever."""
    most = Limits().rows
    call = new_call()
    call.fill(most - 5)
    with pytest.raises(SetError) as put_off:
        call.fill(6)
    call.fill(5)
    with pytest.raises(SetError) as refused:
        call.fill(most + 1)
    assert (put_off.value.body["type"], refused.value.body["type"]) == ("rateLimit", "tooLarge")


def test_a_portion_is_full_after_so_many_rows_and_spends_no_more_than_is_left() -> None:
    """What the request was charged for before fills it too, and is not charged again."""
    portion = Portion(left=10, at_once=10)
    portion.note(1)
    portion.spend(8)
    assert not portion.is_full
    portion.spend(1)
    assert portion.is_full
    with pytest.raises(SetError):
        portion.spend(2)
    assert portion.spent == 9


def test_changes_of_others_between_two_portions_are_not_skipped() -> None:
    """A state that already counts them would hide them from ``/changes``."""
    assert later_state("m5", "m5", "m7") == "m7"
    assert later_state("m5", "m6", "m7") == "m5"


def test_microsoft_is_not_asked_for_what_it_takes_in_no_mailbox() -> None:
    """Texts and people share one request; in JSON some characters take more than in the text."""
    one = Address("x" * 40, "a@b.example")
    check_size(Body("text/plain", "x" * (MOST_TEXTS - 1_000)), [one])
    for body, people, size in (
        (Body("text/plain", "x" * MOST_TEXTS), [], 0),
        (Body("text/plain", '"' * (MOST_TEXTS // 2)), [], 0),
        (Body("text/plain", "x"), [one] * (MOST_TEXTS // 100), 0),
        (Body("text/plain", "x"), [], LARGEST_AT_MICROSOFT + 1),
    ):
        with pytest.raises(TooLarge):
            check_size(body, people, size)


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
