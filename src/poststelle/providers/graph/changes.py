"""Changes to messages: flags, moves, removal for good.

Source: Graph v1.0, "Update message", "message: move", "Delete message", "message: permanentDelete",
"message: copy" (read 2026-09).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from poststelle.lib.clock import from_ms
from poststelle.model.ids import RemoteId
from poststelle.model.message import Importance
from poststelle.model.writeback import OpKind, copied
from poststelle.providers.base import RemoteOp, RemoteOutcome
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import GraphAnswer, part_error
from poststelle.providers.graph.places import GraphPlaces
from poststelle.providers.graph.trash import GraphTrash
from poststelle.providers.graph.wire import (
    ANSWERED,
    FORWARDED,
    LAST_VERB,
    OPENED,
    WireMessage,
    decode_item,
    decode_page,
)


class GraphChanges:
    """Writes to one mailbox. Each may be repeated: the second time finds it done."""

    def __init__(self, client: GraphClient, mailbox: str, trash: GraphTrash | None) -> None:
        """``trash``: where removals for good take two steps; None: there is a call for them."""
        self._client = client
        self._mailbox = mailbox
        self._has_permanent_delete = trash is None
        self._places = GraphPlaces(client, mailbox, trash)

    async def apply(self, ops: Sequence[RemoteOp]) -> Sequence[RemoteOutcome]:
        """Make the changes; per message in the given order, messages in any order."""
        outcomes: list[RemoteOutcome] = []
        for wave in _waves(ops):
            outcomes += await self._send(wave)
        return outcomes

    async def _send(self, ops: Sequence[RemoteOp]) -> list[RemoteOutcome]:
        told = await self._told_before([op for op in ops if op.kind is OpKind.COPY and op.is_repeated])
        look = await self._places.told(ops)
        told |= look.answers
        ready = [(op, part) for op in ops if op.key not in told and (part := self._part(op))]
        to_send = {op.key for op, _ in ready}
        outcomes = [RemoteOutcome(op.key, told.get(op.key)) for op in ops if op.key not in to_send]
        answers = await send_batch(self._client, [part for _, part in ready])
        both = list(zip((op for op, _ in ready), answers, strict=True))
        outcomes += [_outcome(op, answer, is_there=op.key in look.there) for op, answer in both]
        if self._has_permanent_delete:
            return outcomes
        deleted = {
            op.key for op, answer in both if not isinstance(answer, RetryLater) and not part_error(answer)
        }
        halfway = [op for op in ops if op.key not in look.in_trash]
        return await self._delete_again(halfway, outcomes, deleted)

    async def twins(
        self, names: Collection[str | datetime]
    ) -> dict[str | datetime, frozenset[RemoteId] | RetryLater]:
        """The messages of each Message-ID, or received in that second, in the whole mailbox, the first 999.

        Or why that can't be told.
        """
        asked = sorted(names, key=str)
        answers = await send_batch(self._client, [Part("GET", self._named(name)) for name in asked])
        return {name: _ids_of(answer) for name, answer in zip(asked, answers, strict=True)}

    async def _told_before(self, ops: Sequence[RemoteOp]) -> dict[int, ProviderError | None]:
        """Copies not to be asked for now: None for what an earlier attempt, whose answer was lost, has made.

        A second one would stay, so nor is it asked for where that can't be told. What was not there
        before the first attempt is the copy, though somebody has moved it on since.
        """
        if not ops:
            return {}
        found = await self.twins({copied(op.payload) for op in ops})
        told: dict[int, ProviderError | None] = {}
        for op in ops:
            there = found[copied(op.payload)]
            if isinstance(there, RetryLater):
                told[op.key] = there
            elif there - {op.message, *op.payload["twins"]}:
                told[op.key] = None
        return told

    def _named(self, name: str | datetime) -> str:
        parameters = {"$filter": _filter_of(name), "$select": "id", "$top": "999"}
        return f"/{self._mailbox}/messages?{query(parameters)}"

    async def _delete_again(
        self, ops: Sequence[RemoteOp], outcomes: Sequence[RemoteOutcome], deleted: Collection[int]
    ) -> list[RemoteOutcome]:
        """DELETE moves to Deleted Items; a second one removes from there.

        Those that the first has ``deleted`` are there, though the second may not see them yet.
        """
        done = {outcome.key for outcome in outcomes if outcome.error is None}
        again = [op for op in ops if op.kind is OpKind.DESTROY and op.key in done]
        answers = await send_batch(self._client, [Part("DELETE", self._path(op)) for op in again])
        second = {
            op.key: _outcome(op, answer, is_there=op.key in deleted)
            for op, answer in zip(again, answers, strict=True)
        }
        return [second.get(outcome.key, outcome) for outcome in outcomes]

    def _path(self, op: RemoteOp) -> str:
        return f"/{self._mailbox}/messages/{segment(op.message)}"

    def _part(self, op: RemoteOp) -> Part | None:
        """The request for a change; None when the service has nothing to change."""
        match op.kind:
            case OpKind.SET:
                patch = patch_body(op.payload)
                return Part("PATCH", self._path(op), patch) if patch else None
            case OpKind.MOVE:
                return Part("POST", f"{self._path(op)}/move", {"destinationId": op.payload["folder"]})
            case OpKind.COPY:
                return Part("POST", f"{self._path(op)}/copy", {"destinationId": op.payload["folder"]})
            case OpKind.DESTROY if self._has_permanent_delete:
                return Part("POST", f"{self._path(op)}/permanentDelete")
            case OpKind.DESTROY:
                return Part("DELETE", self._path(op))
            case OpKind.CREATE | OpKind.SEND:
                raise ValueError("drafts are made and sent by GraphDrafts")


def _ids_of(answer: GraphAnswer | RetryLater) -> frozenset[RemoteId] | RetryLater:
    """The messages of a listed page. One that can't be read is not an empty one."""
    error = part_error(answer)
    if isinstance(error, RetryLater):
        return error
    if error is not None or isinstance(answer, RetryLater):
        return RetryLater("copies_unknown", is_local=True)
    try:
        return frozenset(RemoteId(item.id) for item in decode_page(answer.body, WireMessage).items)
    except RetryLater as unreadable:
        return unreadable


def _filter_of(name: str | datetime) -> str:
    if isinstance(name, str):
        literal = name.replace("'", "''")
        return f"internetMessageId eq '{literal}'"
    begins = name.astimezone(UTC).replace(microsecond=0)  # Graph tells seconds of what it knows better
    first, next_ = (at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (begins, begins + timedelta(seconds=1)))
    return f"receivedDateTime ge {first} and receivedDateTime lt {next_}"


def patch_body(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A SET payload (fields of Mutable) as Graph's properties; fields Graph can't set are left out."""
    body: dict[str, Any] = {}
    if "is_seen" in payload:
        body["isRead"] = bool(payload["is_seen"])
    if "importance" in payload:
        body["importance"] = Importance(payload["importance"]).name.lower()
    if "categories" in payload:
        body["categories"] = list(payload["categories"])
    if "is_flagged" in payload or "due_at" in payload:
        body["flag"] = _flag(payload)
    if "is_other" in payload:
        body["inferenceClassification"] = "other" if payload["is_other"] else "focused"
    if "is_forwarded" in payload or "is_answered" in payload:
        body["singleValueExtendedProperties"] = [{"id": LAST_VERB, "value": _last_verb(payload)}]
    return body


def _last_verb(payload: Mapping[str, Any]) -> str:
    """Neither answered nor forwarded any more: it was opened."""
    if payload.get("is_forwarded"):
        return FORWARDED
    return ANSWERED if payload.get("is_answered") else OPENED


def _flag(payload: Mapping[str, Any]) -> dict[str, Any]:
    due = payload.get("due_at")
    if not payload.get("is_flagged", True):
        return {"flagStatus": "notFlagged"}
    flag: dict[str, Any] = {"flagStatus": "flagged"}
    if due is not None:  # a due date without a start date is refused
        at = due if isinstance(due, datetime) else from_ms(int(due))
        flag["startDateTime"] = flag["dueDateTime"] = {
            "dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "timeZone": "UTC",
        }
    return flag


def _waves(ops: Sequence[RemoteOp]) -> list[list[RemoteOp]]:
    """The ops in groups in which no message occurs twice: the parts of a batch run in any order."""
    waves: list[list[RemoteOp]] = []
    seen: dict[RemoteId, int] = {}
    for op in ops:
        number = seen.get(op.message, -1) + 1
        seen[op.message] = number
        if number == len(waves):
            waves.append([])
        waves[number].append(op)
    return waves


def _outcome(op: RemoteOp, answer: GraphAnswer | RetryLater, *, is_there: bool = False) -> RemoteOutcome:
    """``is_there``: the message was found just before."""
    error = part_error(answer)
    if op.kind is OpKind.DESTROY and isinstance(error, RemoteConflict) and error.is_gone:
        if is_there:
            return RemoteOutcome(op.key, RemoteConflict(error.code))
        return RemoteOutcome(op.key, None, was_missing=True)
    if error or isinstance(answer, RetryLater):
        return RemoteOutcome(op.key, error)
    if op.kind is not OpKind.MOVE:
        return RemoteOutcome(op.key, None)
    moved = decode_item(answer.body, WireMessage)
    new_id = RemoteId(moved.id) if moved and moved.id != op.message else None
    return RemoteOutcome(op.key, None, new_id)
