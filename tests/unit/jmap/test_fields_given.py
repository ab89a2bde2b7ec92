"""What a message to be created says, field by field and part by part. Source: RFC 8621 §4.6."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.mailbox import NOW

from poststelle.http.jmap.api import Call, unasked
from poststelle.http.jmap.body_options import BodyOptions, value_json
from poststelle.http.jmap.email_compose import compose
from poststelle.http.jmap.email_create import read_creation
from poststelle.http.jmap.errors import SetError
from poststelle.model.ids import AccountId

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def refused(email: dict[str, Any]) -> list[str]:
    """The properties that a message is refused for."""

    async def work(fn: Any, *args: Any) -> Any:
        return fn(unasked, *args)

    context = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW))
    caller = SimpleNamespace(store=SimpleNamespace(work=work), user_id=1)
    call = Call(cast(Any, context), cast(Any, caller), uses_vendor=False)
    with pytest.raises(SetError) as caught:
        await compose(call, AccountId(1), "a@b.example", {"mailboxIds": {"f1": True}, **email})
    assert caught.value.body["type"] == "invalidProperties"
    return list(caught.value.body["properties"])


_FORMS = [
    ("header:Subject:asAddresses", [{"email": "a@b.example"}]),
    ("header:From:asText", "x"),
    ("header:Message-ID:asAddresses", [{"email": "a@b.example"}]),
    ("header:Date:asText", "x"),
    ("header:List-Post:asText", "x"),
]


@pytest.mark.parametrize(("name", "value"), _FORMS)
async def test_a_field_has_the_forms_that_it_may_have(name: str, value: Any) -> None:
    """Of a message, and of its parts."""
    part = {"partId": "1", "type": "text/plain", name: value}
    assert await refused({name: value}) == [name]
    assert await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}) == [name]


@pytest.mark.parametrize(
    "other", ["header:X-A:asText", "header:x-a", "header:X-A:all", "header:X-a:asRaw:all"]
)
async def test_a_field_is_given_once(other: str) -> None:
    """In whatever form, and however it is written."""
    both = {"header:X-A": "a", other: ["b"] if other.endswith(":all") else "b"}
    part = {"partId": "1", "type": "text/plain", **both}
    assert await refused(both) == [other]
    assert await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}) == [other]


_LONG = "a b" * 30_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("header:X-A", _LONG),
        ("header:X-A:asText", _LONG),
        ("header:X-A:asURLs", ["https://a.example", _LONG]),
        ("header:X-A:asGroupedAddresses", [{"name": _LONG, "addresses": []}]),
        ("header:X-A:all", ["a", "\t" * 70_000]),
    ],
)
async def test_a_field_that_no_header_needs_is_not_written(name: str, value: Any) -> None:
    """It would be looked at in one go, while everybody else waits. Nor does Microsoft get one."""
    part = {"partId": "1", "type": "text/plain", name: value}
    draft = {"mailboxIds": {"f1": True}, "keywords": {"$draft": True}, name: value}
    assert await refused({name: value}) == [name]
    assert await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}) == [name]
    with pytest.raises(SetError) as caught:
        read_creation(unasked, draft)
    assert caught.value.body["properties"] == [name]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("location", "\ta" * 40_000),
        ("language", [_LONG]),
        ("language", ["de"] * 40_000),
        ("name", ":a" * 40_000),
        ("cid", "c " * 40_000),
        ("disposition", _LONG),
    ],
)
async def test_what_becomes_a_field_of_a_part_is_no_longer(said: str, value: Any) -> None:
    part = {"partId": "1", "type": "text/plain", said: value}
    refused_for = await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}})
    assert refused_for == [f"bodyStructure/{said}"]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("charset", "utf-8"),
        ("size", 1),
        ("name", "a.txt"),
        ("disposition", "attachment"),
        ("disposition", []),
        ("cid", "c"),
    ],
)
@pytest.mark.parametrize("is_tree", [False, True])
def test_of_a_text_for_microsoft_nothing_is_ignored(said: str, value: Any, *, is_tree: bool) -> None:
    """What its part can't have is refused by name; null and inline say what is so."""
    email = {"mailboxIds": {"f1": True}, "keywords": {"$draft": True}, "bodyValues": {"1": {"value": "x"}}}

    def given(**more: Any) -> Any:
        part = {"partId": "1", "type": "text/plain", **more}
        return email | ({"bodyStructure": part} if is_tree else {"textBody": [part]})

    read_creation(unasked, given(disposition="inline", **({said: None} if said != "disposition" else {})))
    with pytest.raises(SetError) as caught:
        read_creation(unasked, given(**{said: value}))
    place = "bodyStructure" if is_tree else "textBody"
    assert caught.value.body["properties"] == [f"{place}/{said}"]


def test_lines_of_a_text_end_alike() -> None:
    """However they were written. Source: RFC 8621 §4.1.4."""
    for options, value in ((BodyOptions(), "a\nb\rc\n"), (BodyOptions(max_octets=3), "a\nb")):
        told = value_json("a\r\nb\rc\r\n", "text/plain", options, is_whole=True)
        assert (told["value"], told["isTruncated"]) == (value, options.max_octets > 0)


async def test_a_part_of_very_many_members_is_refused_by_their_number() -> None:
    part = {"partId": "1", "type": "text/plain", **{f"p{n}": 1 for n in range(1_001)}}
    email = {"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}
    assert await refused(email) == ["bodyStructure"]
    with pytest.raises(SetError) as caught:
        read_creation(unasked, {"mailboxIds": {"f1": True}, "keywords": {"$draft": True}, **email})
    assert "1000" in str(caught.value)


_NO_ADDRESS = [{"name": "x", "email": "a@b.example>\r\nBcc: <z@z.example"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", _NO_ADDRESS),
        ("to", [{"email": "a\x00@b.example"}]),
        ("header:To:asAddresses", _NO_ADDRESS),
        ("header:To:asGroupedAddresses", [{"name": None, "addresses": _NO_ADDRESS}]),
    ],
)
async def test_no_address_has_a_line_break_or_other_controls(name: str, value: Any) -> None:
    """What comes behind would be another header field, or somebody else to write to."""
    draft = {"mailboxIds": {"f1": True}, "keywords": {"$draft": True}, name: value}
    assert await refused({name: value}) == [name]
    with pytest.raises(SetError) as caught:
        read_creation(unasked, draft)
    assert caught.value.body["properties"] == [name]


@pytest.mark.parametrize("value", ["(Anna)", " ( ) (Ben)", ","])
def test_a_field_in_which_nobody_is_named_is_refused(value: str) -> None:
    """As a draft to nobody it would be told as made; an empty one says so itself."""
    draft = {"mailboxIds": {"f1": True}, "keywords": {"$draft": True}}
    with pytest.raises(SetError) as caught:
        read_creation(unasked, draft | {"header:To:asRaw": value})
    assert caught.value.body["properties"] == ["header:To:asRaw"]
    assert read_creation(unasked, draft | {"header:To:asAddresses": []}).written.to == ()
