"""Where messages lie just now, asked before changes that must not undo what others have done since.

DESTROY   is for good: always      MOVE   only when sent before, and perhaps done
  │
  ├─ in the folder where it was decided ─────────> the change is made. A removal in two steps, of what lies in
  │                                                Deleted Items already, with the first of them: where things
  │                                                can be recovered, a second one would remove it from there
  ├─ MOVE: in its target ────────────────────────> it is done
  ├─ DESTROY in two steps, sent before:
  │    in Deleted Items, perhaps by our first ───> the second step is made
  ├─ elsewhere ──────────────────────────────────> overtaken: it is left alone
  ├─ gone ───────────────────────────────────────> the change itself will tell. Of what was there, that it
  │                                                is not is no answer: it may be hidden for a moment
  └─ not to be told ─────────────────────────────> later, or as refused. A message that the service
                                                   fails over again and again can still be destroyed

What was missing a moment ago, when it was to be compared with what we hold, is not destroyed in any case:
where it is there after all it was hidden, and is to be looked at again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from poststelle.model.ids import RemoteId
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteOp
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import GraphAnswer, TooHeavy, part_error
from poststelle.providers.graph.trash import GraphTrash
from poststelle.providers.graph.wire import WireMessage, decode_item

_PATIENCE = 3
_UNKNOWN = RetryLater("place_unknown", is_local=True)
_Placed = RemoteId | ProviderError | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a look has brought, by the keys of changes.

    ``answers``: those not to be asked for, None for what is done, and why for the others. ``there``: those
    whose messages are there. ``in_trash``: removals of what lies in Deleted Items.
    """

    answers: dict[int, ProviderError | None] = field(default_factory=dict)
    there: set[int] = field(default_factory=set)
    in_trash: set[int] = field(default_factory=set)


class GraphPlaces:
    """Looks before changes of one mailbox. ``trash``: where removals take two steps; None: they take one."""

    def __init__(self, client: GraphClient, mailbox: str, trash: GraphTrash | None) -> None:
        self._client, self._mailbox, self._trash = client, mailbox, trash

    async def told(self, ops: Sequence[RemoteOp]) -> Told:
        """Look at those of the changes of which the picture above speaks."""
        looked = [
            op for op in ops if op.kind is OpKind.DESTROY or (op.kind is OpKind.MOVE and op.is_repeated)
        ]
        asked = f"?{query({'$select': 'id,parentFolderId'})}"
        paths = [f"/{self._mailbox}/messages/{segment(op.message)}{asked}" for op in looked]
        answers = await send_batch(self._client, [Part("GET", path) for path in paths])
        places = {op.key: _place(answer) for op, answer in zip(looked, answers, strict=True)}
        removals = [op for op in looked if op.kind is OpKind.DESTROY]
        told, halfway = Told(), None
        if self._trash is not None and removals:
            halfway = await self._trash.folder()
            told.in_trash.update(await self._in_trash(self._trash, removals, places))
        for op in looked:
            place = places[op.key]
            if isinstance(place, str):
                told.there.add(op.key)
            if op.is_missing:
                told.answers[op.key] = _of_missing(place)
            elif isinstance(place, ProviderError):
                if not _may_go_unseen(op, place):
                    told.answers[op.key] = place
            elif place is not None and place != op.source:
                if op.kind is OpKind.MOVE and place == op.payload["folder"]:
                    told.answers[op.key] = None
                elif not (op.is_repeated and op.kind is OpKind.DESTROY and place == halfway):
                    told.answers[op.key] = RemoteConflict("moved_elsewhere", is_overtaken=True)
        return told

    async def _in_trash(
        self, trash: GraphTrash, removals: Sequence[RemoteOp], places: Mapping[int, _Placed]
    ) -> set[int]:
        """Those of what lies in Deleted Items; what can't be looked at, where it lay last."""
        said = {op.key: places[op.key] for op in removals}
        lies = {op.key: place if isinstance(place := said[op.key], str) else op.source for op in removals}
        within = {place: await trash.holds(place) for place in {*lies.values()} if place is not None}
        return {key for key, place in lies.items() if place is not None and within[place]}


def _place(answer: GraphAnswer | RetryLater) -> _Placed:
    """The folder; why that can't be told; None when the message is gone."""
    error = part_error(answer)
    if isinstance(error, RemoteConflict):
        return None
    if error is not None or isinstance(answer, RetryLater):
        return error or _UNKNOWN
    item = decode_item(answer.body, WireMessage)
    if item is None or item.parent_folder_id is None:
        return _UNKNOWN
    return RemoteId(item.parent_folder_id)


def _of_missing(place: _Placed) -> ProviderError:
    """What is said of what was not there a moment ago: a conflict that passes, if it is there now."""
    if isinstance(place, ProviderError):
        return place
    if place is None:
        return RemoteConflict("ErrorItemNotFound", is_gone=True)
    return RemoteConflict("was_hidden")


def _may_go_unseen(op: RemoteOp, error: ProviderError) -> bool:
    return op.kind is OpKind.DESTROY and isinstance(error, TooHeavy) and op.failures >= _PATIENCE
