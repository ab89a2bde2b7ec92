"""Where messages lie just now, asked before changes that must not undo what others have done since.

DESTROY   is for good: always      MOVE   only when sent before, and perhaps done
  │
  ├─ in the folder where it was decided ─────────> the change is made
  ├─ MOVE: in its target ────────────────────────> it is done
  ├─ DESTROY in two steps, sent before:
  │    in Deleted Items, perhaps by our first ───> the change is made
  ├─ elsewhere ──────────────────────────────────> overtaken: it is left alone
  ├─ gone ───────────────────────────────────────> the change itself will tell. Of what was there, that it
  │                                                is not is no answer: it may be hidden for a moment
  └─ not to be told ─────────────────────────────> later, or as refused. A message that the service
                                                   fails over again and again can still be destroyed

What was missing a moment ago, when it was to be compared with what we hold, is not destroyed in any case:
where it is there after all it was hidden, and is to be looked at again.
"""

from collections.abc import Sequence

from poststelle.model.ids import RemoteId
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteOp
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import GraphAnswer, TooHeavy, part_error
from poststelle.providers.graph.wire import WireFolder, WireMessage, decode_item

_PATIENCE = 3
_UNKNOWN = RetryLater("place_unknown", is_local=True)


class GraphPlaces:
    """Looks before changes of one mailbox."""

    def __init__(self, client: GraphClient, mailbox: str, *, has_permanent_delete: bool) -> None:
        self._client, self._mailbox = client, mailbox
        self._has_permanent_delete = has_permanent_delete

    async def told(self, ops: Sequence[RemoteOp]) -> tuple[dict[int, ProviderError | None], set[int]]:
        """Changes not to be asked for, by their keys: None for what is done, and why for the others.

        And those whose messages are there.
        """
        looked = [
            op for op in ops if op.kind is OpKind.DESTROY or (op.kind is OpKind.MOVE and op.is_repeated)
        ]
        asked = f"?{query({'$select': 'id,parentFolderId'})}"
        paths = [f"/{self._mailbox}/messages/{segment(op.message)}{asked}" for op in looked]
        answers = await send_batch(self._client, [Part("GET", path) for path in paths])
        halfway = await self._halfway(looked)
        told: dict[int, ProviderError | None] = {}
        there: set[int] = set()
        for op, answer in zip(looked, answers, strict=True):
            place = _place(answer)
            if isinstance(place, str):
                there.add(op.key)
            if op.is_missing:
                told[op.key] = _of_missing(place)
            elif isinstance(place, ProviderError):
                if not _may_go_unseen(op, place):
                    told[op.key] = place
            elif place is not None and place != op.source:
                if op.kind is OpKind.MOVE and place == op.payload["folder"]:
                    told[op.key] = None
                elif not (op.is_repeated and place == halfway):
                    told[op.key] = RemoteConflict("moved_elsewhere", is_overtaken=True)
        return told, there

    async def _halfway(self, ops: Sequence[RemoteOp]) -> RemoteId | None:
        """Deleted Items, where a removal in two steps may have come to a stop."""
        if self._has_permanent_delete or not any(op.kind is OpKind.DESTROY and op.is_repeated for op in ops):
            return None
        path = f"/{self._mailbox}/mailFolders/deleteditems?{query({'$select': 'id'})}"
        try:
            found = decode_item(await self._client.get(path), WireFolder)
        except (Refused, RemoteConflict):  # then what is met anywhere else counts as moved there
            return None
        return None if found is None else RemoteId(found.id)


def _place(answer: GraphAnswer | RetryLater) -> RemoteId | ProviderError | None:
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


def _of_missing(place: RemoteId | ProviderError | None) -> ProviderError:
    """What is said of what was not there a moment ago: a conflict that passes, if it is there now."""
    if isinstance(place, ProviderError):
        return place
    if place is None:
        return RemoteConflict("ErrorItemNotFound", is_gone=True)
    return RemoteConflict("was_hidden")


def _may_go_unseen(op: RemoteOp, error: ProviderError) -> bool:
    return op.kind is OpKind.DESTROY and isinstance(error, TooHeavy) and op.failures >= _PATIENCE
