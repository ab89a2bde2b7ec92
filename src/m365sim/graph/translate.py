"""``translateExchangeIds``: ids from one form into another, up to a thousand at a time.

What cannot be translated is told beside it; the others are translated all the same.

Source: Graph v1.0, "user: translateExchangeIds", "convertIdResult resource type".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request, from_world
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.routes import Rows
from m365sim.world.entry_ids import entry_id, ews_id, graph_id, parse_entry_id, parse_ews_id
from m365sim.world.errors import MalformedId, NoSuchMessage, WorldError
from m365sim.world.ids import Kind, ParsedId, parse_id
from m365sim.world.mailbox import Mailbox

MOST = 1000
_PARSERS = {
    "entryId": parse_entry_id,
    "ewsId": parse_ews_id,
    "immutableEntryId": parse_entry_id,
    "restId": parse_id,
    "restImmutableEntryId": parse_id,
}
_IMMUTABLE = frozenset({"immutableEntryId", "restImmutableEntryId"})
_COUNTERPART: dict[Kind, Kind] = {
    "message": "immutable",
    "attachment": "immutable_attachment",
    "immutable": "message",
    "immutable_attachment": "attachment",
}
_KINDS: dict[bool, frozenset[Kind]] = {
    True: frozenset({"folder", "immutable", "immutable_attachment"}),
    False: frozenset({"folder", "message", "attachment"}),
}


def translate_ids(context: Context) -> Answer:
    """POST translateExchangeIds: one result for each id, in the order given."""
    odata.check_options(context.request.query, ())
    data = values.plain(context.request.json())
    if unknown := sorted(set(data) - {"inputIds", "sourceIdType", "targetIdType"}):
        raise bad_request(f"The parameter '{unknown[0]}' is not known to this action.")
    source = values.one_of("SourceIdType", data.get("sourceIdType"), _PARSERS)
    target = values.one_of("TargetIdType", data.get("targetIdType"), _PARSERS)
    value = [_result(context.mailbox, text, source, target) for text in _inputs(data.get("inputIds"))]
    annotation = f"{context.request.root}/$metadata#Collection(microsoft.graph.convertIdResult)"
    return json_answer({"@odata.context": annotation, "value": value})


def _inputs(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise values.wrong("InputIds", "Collection(Edm.String)")
    if len(value) > MOST:
        message = f"InputIds holds {len(value)} ids; {MOST} are the most."
        raise bad_request(message, "ErrorInvalidParameter")
    return value


def _result(mailbox: Mailbox, text: str, source: str, target: str) -> dict[str, Any]:
    try:
        return {"sourceId": text, "targetId": _translated(mailbox, text, source, target)}
    except WorldError as error:
        refused = from_world(error)
        return {"sourceId": text, "errorDetails": {"code": refused.code, "message": refused.message}}


def _translated(mailbox: Mailbox, text: str, source: str, target: str) -> str:
    parsed = _PARSERS[source](text)
    if parsed.kind not in _KINDS[source in _IMMUTABLE]:
        raise MalformedId("Id is malformed.")
    if parsed.store != mailbox.ids.store:
        raise NoSuchMessage("The specified object was not found in the store.")
    if parsed.kind != "folder" and (source in _IMMUTABLE) != (target in _IMMUTABLE):
        parsed = _crossed(mailbox, parsed)
    if target in ("entryId", "immutableEntryId"):
        return entry_id(parsed)
    shown = graph_id(mailbox.ids, parsed)
    return ews_id(shown) if target == "ewsId" else shown


def _crossed(mailbox: Mailbox, parsed: ParsedId) -> ParsedId:
    """From the default id to the immutable one or back: that needs the message, as it lies now."""
    ids = mailbox.ids
    if parsed.kind in ("immutable", "immutable_attachment"):
        counter = mailbox.message(ids.immutable(parsed.counter)).placement
    else:
        counter = mailbox.message(ids.message(parsed.counter)).number
    return replace(parsed, kind=_COUNTERPART[parsed.kind], counter=counter)


ROUTES: Rows = (("POST", "translateExchangeIds", "profile", translate_ids),)
