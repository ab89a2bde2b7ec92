"""Ids of older programs: translateExchangeIds."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tests.sim.graph.harness import DESK, IMMUTABLE, GraphCaller, mailbox_of

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

DEFAULT_FORMS, IMMUTABLE_FORMS = ("restId", "ewsId", "entryId"), ("restImmutableEntryId", "immutableEntryId")


@pytest.fixture
def number(sim: Simulation, mailbox: Mailbox) -> int:
    numbers = sim.world.bulk(mailbox, mailbox.named["inbox"], 20, seed=3)
    return numbers[17]


def translated(graph: GraphCaller, ids: list[str], source: str, target: str, owner: str = "me") -> list[Any]:
    body = {"inputIds": ids, "sourceIdType": source, "targetIdType": target}
    reply = graph.call("POST", f"/{owner}/translateExchangeIds", body)
    assert reply.status == 200, reply.body
    return list(reply.json["value"])


def one(graph: GraphCaller, text: str, source: str, target: str) -> str:
    [result] = translated(graph, [text], source, target)
    assert result["sourceId"] == text
    return str(result["targetId"])


def test_every_form_leads_to_every_other_and_back(mailbox: Mailbox, graph: GraphCaller, number: int) -> None:
    """Message and attachment ids survive each translation there and back, whatever the form."""
    graph.call("POST", f"/me/messages/{mailbox.ids.immutable(number)}/move", {"destinationId": "archive"})
    message = mailbox.messages[number]
    ids = mailbox.ids
    for start in (ids.message(message.placement), ids.attachment(message.placement, 2, is_immutable=False)):
        forms = {f: one(graph, start, "restId", f) for f in (*DEFAULT_FORMS, *IMMUTABLE_FORMS)}
        assert len(set(forms.values())) >= 4
        for source, target in product(forms, forms):
            assert one(graph, forms[source], source, target) == forms[target]


def test_the_graph_forms_are_the_ids_that_graph_uses(
    mailbox: Mailbox, graph: GraphCaller, number: int
) -> None:
    """restId is the default id, restImmutableEntryId what the Prefer header brings."""
    default = graph.get(f"/me/messages/{mailbox.ids.immutable(number)}")["id"]
    immutable = graph.get(f"/me/messages/{default}", IMMUTABLE)["id"]

    assert one(graph, default, "restId", "restImmutableEntryId") == immutable
    assert one(graph, immutable, "restImmutableEntryId", "restId") == default


def test_binary_forms_end_with_the_number_of_missing_padding(
    graph: GraphCaller, mailbox: Mailbox, number: int
) -> None:
    """Entry ids are URL-safe base64 whose last character counts the ``=`` that were taken off."""
    entry = one(graph, mailbox.ids.message(number), "restId", "entryId")

    assert entry[-1] in "012"
    assert "=" not in entry
    assert (len(entry) - 1 + int(entry[-1])) % 4 == 0


def test_folders_have_one_id(mailbox: Mailbox, graph: GraphCaller) -> None:
    """A folder's immutable form is its only one."""
    folder = mailbox.ids.folder(mailbox.named["inbox"].number)

    assert one(graph, folder, "restId", "restImmutableEntryId") == folder
    entry = one(graph, folder, "restId", "entryId")
    assert one(graph, entry, "immutableEntryId", "restId") == folder


def test_errors_stand_beside_the_id(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, number: int
) -> None:
    """Malformed, gone and foreign ids, and those of another form, fail alone; the others are translated."""
    good, gone = mailbox.ids.message(number), mailbox.ids.message(number + 1)
    mailbox.remove(mailbox.messages[number + 1])
    foreign = mailbox_of(sim, DESK).ids.message(1)
    inputs = ["zzz", good, gone, foreign, mailbox.ids.immutable(number)]

    results = translated(graph, inputs, "restId", "restImmutableEntryId")

    assert [r["sourceId"] for r in results] == inputs
    assert [r["errorDetails"]["code"] if "errorDetails" in r else None for r in results] == [
        "ErrorInvalidIdMalformed",
        None,
        "ErrorItemNotFound",
        "ErrorItemNotFound",
        "ErrorInvalidIdMalformed",
    ]
    assert "targetId" not in results[0]


@pytest.mark.parametrize("text", ["", "2", "x", "AAAA0", "ä0", "A" * 50 + "1", "A" * 51 + "9"])
@pytest.mark.parametrize("source", [*DEFAULT_FORMS, *IMMUTABLE_FORMS])
def test_no_text_breaks_it(graph: GraphCaller, text: str, source: str) -> None:
    """Whatever is no id is told to be malformed."""
    [result] = translated(graph, [text], source, "restId")

    assert result["errorDetails"]["code"] == "ErrorInvalidIdMalformed"


def test_the_call_itself_can_be_wrong(base: str, graph: GraphCaller) -> None:
    """A thousand ids are the most, forms and parameters must be known, and User.Read is needed."""
    url, good = "/me/translateExchangeIds", {"SourceIdType": "restId", "TargetIdType": "ewsId"}

    assert graph.call("POST", url, {**good, "InputIds": ["x"] * 1001}).code == "ErrorInvalidParameter"
    assert len(graph.call("POST", url, {**good, "InputIds": ["x"] * 1000}).json["value"]) == 1000
    assert (
        graph.call("POST", url, {"InputIds": [], "SourceIdType": "x", "TargetIdType": "ewsId"}).status == 400
    )
    assert graph.call("POST", url, {**good, "InputIds": "x"}).status == 400
    assert graph.call("POST", url, {**good, "InputIds": [], "More": 1}).status == 400
    mail_only = GraphCaller(base, scopes="Mail.ReadWrite")
    assert mail_only.call("POST", url, {**good, "InputIds": []}).status == 403
    application = GraphCaller(base, address="app", scopes="User.Read.All")
    assert translated(application, ["x"], "restId", "ewsId", owner="users/anna@example.org")
