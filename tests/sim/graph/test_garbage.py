"""Whatever is sent, the answer is one Graph could give: never an error of our own, and nothing changed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.graph.harness import TENANT, by_name, mailbox_of, office

from m365sim.graph.batch import run_batch
from m365sim.graph.errors import GraphError
from m365sim.graph.http import GraphRequest, split_path, split_query
from m365sim.graph.service import GraphService
from m365sim.journal import CallRecord

SIM = office()
SIM.limits.latency_s = 0
SIM.limits.per_window = None
BOX = mailbox_of(SIM)
[NUMBER] = SIM.world.bulk(BOX, BOX.named["inbox"], 1, seed=17)
MESSAGE, DEFAULT = BOX.ids.immutable(NUMBER), BOX.ids.message(NUMBER)
SERVICE = GraphService(SIM, by_name)
OWNER = {"authorization": "Bearer anna@example.org|User.Read,Mail.ReadWrite|a"}

ANY = st.text(max_size=30)
SEGMENTS = st.sampled_from(
    "me users mailFolders messages delta inbox attachments $value $count move childFolders "
    f"mailFolders('inbox') microsoft.graph.delta() %00 .. %FF () {TENANT} {MESSAGE} {DEFAULT}".split()
)
GOOD_PATHS = [
    "/me",
    "/me/messages",
    "/me/messages/$count",
    "/me/mailFolders",
    "/me/mailFolders/delta",
    "/me/mailFolders/inbox/childFolders/delta",
    "/me/mailFolders/inbox/messages",
    "/me/mailFolders/inbox/messages/delta",
    f"/me/messages/{MESSAGE}",
    f"/me/messages/{DEFAULT}/attachments",
    f"/me/messages/{DEFAULT}/attachments/$count",
]
PATHS = st.sampled_from(GOOD_PATHS) | st.lists(SEGMENTS | ANY, max_size=6).map(lambda s: "/" + "/".join(s))
OPTION_LIST = [
    "$select",
    "$top",
    "$skip",
    "$filter",
    "$orderby",
    "$count",
    "$expand",
    "$deltatoken",
    "$skiptoken",
    "$search",
    "changeType",
]
OPTIONS = st.sampled_from(OPTION_LIST)
VALUE_LIST = [
    "isRead eq false",
    "receivedDateTime ge 9999-12-31",
    "receivedDateTime ge 2026-13-01",
    "receivedDateTime ge 0001-01-01T00:00:00+14:00",
    "subject desc",
    "flag desc",
    "isRead eq null",
    "isRead gt 'x'",
    "receivedDateTime eq null",
    "categories/any(c:c eq 'x')",
    "startswith(subject,'",
    "startswith(isRead,true)",
    "contains(receivedDateTime,2026-01-01)",
    "not not",
    "toRecipients/any(t:t/emailAddress/address eq 'x')",
    "singleValueExtendedProperties/any(e:e/id eq 'x' and e/value eq null)",
    "importance in ('low',",
    "subject in (null)",
    "displayName eq 'x' and totalItemCount gt 1",
    "childFolders($expand=childFolders($filter=))",
    '"subject:(a OR"',
    '"received:..today -size>x"',
    '"(NOT \\"ä b*"',
    '"received>=9999-12-31 sent:0001-01-01"',
    "id,,id",
    "attachments($select=id)",
    "attachments($select=)",
    "singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')",
    "singleValueExtendedProperties($filter=id eq 'String 0x7d' or id eq 'Binary 0x71')",
    "multiValueExtendedProperties($filter=id eq '",
    "singleValueExtendedProperties($filter=(((id eq 'x'",
    "microsoft.graph.itemAttachment/item($expand=microsoft.graph.message/attachments)",
    "size gt 9999999999999999999999 and isInline eq false",
    "lastModifiedDateTime lt 0001-01-01T00:00:00+14:00",
    "name,size desc",
    "((",
    "a(b;c",
    "latest",
    "9" * 30,
    "²",
    "-1",
    "true",
    "deleted",
    "''",
]
VALUES = st.sampled_from(VALUE_LIST)
QUERIES = st.dictionaries(OPTIONS | ANY, VALUES | ANY, max_size=3)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY | st.just("archive"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY | st.just("flag"), inner, max_size=3),
    max_leaves=6,
)
PREFERS = st.sampled_from(
    [
        "",
        'IdType="ImmutableId"',
        "odata.maxpagesize=" + "9" * 40,
        "x=",
        '"',
        "odata.maxpagesize=²",
        'outlook.timezone="Tokyo Standard Time"',
        'outlook.timezone="../x"',
    ]
)


async def answer(method: str, path: str, query: dict[str, str], body: bytes, prefer: str) -> int:
    record = CallRecord(method, path, "", 0, 0)
    try:
        raw = "&".join(f"{n}={v}" for n, v in query.items())
        headers = {**OWNER, "prefer": prefer}
        request = GraphRequest(
            method, path, split_path(path), split_query(raw), headers, body, "http://x/v1.0"
        )
        return (await SERVICE.perform(request, SERVICE.identify(request), record)).status
    except GraphError as error:
        return error.status


@pytest.mark.parametrize("path", GOOD_PATHS)
@pytest.mark.parametrize("option", OPTION_LIST)
def test_every_option_takes_every_value(path: str, option: str) -> None:
    """Each option with each odd value, on each list: answered or refused."""

    async def run() -> set[int]:
        return {await answer("GET", path, {option: value}, b"", "") for value in VALUE_LIST}

    assert asyncio.run(run()) <= {200, 400, 404, 501}


@settings(max_examples=400, deadline=None)
@given(PATHS, QUERIES, PREFERS)
def test_reading_never_breaks(path: str, query: dict[str, str], prefer: str) -> None:
    """Any path, options and preference: a good answer, a refusal, or 501; nothing is changed."""
    before = BOX.seq

    status = asyncio.run(answer("GET", path, query, b"", prefer))

    assert status in (200, 400, 403, 404, 410, 501)
    assert BOX.seq == before


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["isRead", "flag", "categories", "subject", "importance"]) | ANY, JSON, max_size=3
    )
)
def test_patching_never_breaks(body: dict[str, Any]) -> None:
    """Any JSON object: carried out, or refused whole."""
    status = asyncio.run(answer("PATCH", f"/me/messages/{MESSAGE}", {}, json.dumps(body).encode(), ""))

    assert status in (200, 400, 403, 501)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda j: json.dumps({"requests": [j]}).encode()))
def test_batches_never_break(body: bytes) -> None:
    """Any body: answers part by part, or 400 for all."""

    record = CallRecord("POST", "", "", 0, 0)

    async def run() -> int:
        request = GraphRequest("POST", "/$batch", ("$batch",), {}, OWNER, body, "http://x/v1.0")
        try:
            return (await run_batch(SERVICE, request, SERVICE.identify(request), record)).status
        except GraphError as error:
            return error.status

    assert asyncio.run(run()) in (200, 400)
    assert 500 not in [part.status for part in record.parts]
