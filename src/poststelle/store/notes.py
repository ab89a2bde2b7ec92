"""What a write transaction has changed for clients, folded, then logged with fresh modseqs."""

from collections.abc import Iterable
from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.change import OF_THE_ACCOUNT, ChangeOp, ChangeType, Published
from poststelle.model.ids import AccountId
from poststelle.store.tx import Tx

Noted = dict[ChangeType, dict[int, ChangeOp]]

_CREATED, _UPDATED, _DESTROYED = ChangeOp.CREATED, ChangeOp.UPDATED, ChangeOp.DESTROYED
_COUNTED = ChangeOp.COUNTED

# (noted before, noted now) -> what remains; None: nothing happened for a client.
_FOLD: dict[tuple[ChangeOp, ChangeOp], ChangeOp | None] = {
    (_CREATED, _CREATED): _CREATED,
    (_CREATED, _UPDATED): _CREATED,
    (_CREATED, _COUNTED): _CREATED,
    (_CREATED, _DESTROYED): None,
    (_UPDATED, _CREATED): _UPDATED,
    (_UPDATED, _UPDATED): _UPDATED,
    (_UPDATED, _COUNTED): _UPDATED,
    (_UPDATED, _DESTROYED): _DESTROYED,
    (_COUNTED, _CREATED): _UPDATED,
    (_COUNTED, _UPDATED): _UPDATED,
    (_COUNTED, _COUNTED): _COUNTED,
    (_COUNTED, _DESTROYED): _DESTROYED,
    (_DESTROYED, _CREATED): _UPDATED,
    (_DESTROYED, _UPDATED): _DESTROYED,
    (_DESTROYED, _COUNTED): _DESTROYED,
    (_DESTROYED, _DESTROYED): _DESTROYED,
}


class Notes:
    """The changes of one transaction, one note an object."""

    def __init__(self) -> None:
        self._by_account: dict[AccountId, Noted] = {}
        self._logged: dict[AccountId, dict[ChangeType, int]] = {}

    def add(self, account: AccountId, type_: ChangeType, object_ids: Iterable[int], op: ChangeOp) -> None:
        """Fold one change of each object into what was noted about it before."""
        noted = self._by_account.setdefault(account, {}).setdefault(type_, {})
        for object_id in object_ids:
            before = noted.get(object_id)
            after = op if before is None else _FOLD[before, op]
            if after is None:
                del noted[object_id]
            else:
                noted[object_id] = after

    def log(self, tx: Tx, at: datetime) -> list[Published]:
        """Write the notes to the change log; return what to tell listeners of the whole transaction.

        An account deleted in this transaction has no log any more and is passed over.
        """
        noted, self._by_account = self._by_account, {}
        for account, changes in noted.items():
            modseqs = _log(tx, account, changes, to_ms(at))
            self._logged.setdefault(account, {}).update(modseqs)
        return [Published(account, dict(modseqs)) for account, modseqs in self._logged.items() if modseqs]


def _log(tx: Tx, account: AccountId, noted: Noted, at: int) -> dict[ChangeType, int]:
    """Log one account's notes, type by type; return the newest modseq of each."""
    count = sum(map(len, noted.values()))
    taken = tx.one("take_modseqs", account=account, count=count) if count else None
    if taken is None:
        return {}
    for type_ in OF_THE_ACCOUNT & noted.keys():
        tx.run("forget_changes_of_type", account=account, type=type_)
    last, newest = int(taken["modseq"]) - count, {}
    for type_, changes in noted.items():
        first, last = last + 1, last + len(changes)
        rows = zip(range(first, last + 1), changes.items(), strict=True)
        tx.many_in_order(
            "insert_change",
            [(account, type_, modseq, object_id, op, at) for modseq, (object_id, op) in rows],
        )
        if changes:
            newest[type_] = last
    return newest
