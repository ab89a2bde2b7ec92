"""What a write transaction has changed for clients, folded, then logged with fresh modseqs."""

from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.change import ChangeOp, ChangeType, Published
from poststelle.model.ids import AccountId
from poststelle.store.tx import Row, Tx

_CREATED, _UPDATED, _DESTROYED = ChangeOp.CREATED, ChangeOp.UPDATED, ChangeOp.DESTROYED

# (noted before, noted now) -> what remains; None: nothing happened for a client.
_FOLD: dict[tuple[ChangeOp, ChangeOp], ChangeOp | None] = {
    (_CREATED, _CREATED): _CREATED,
    (_CREATED, _UPDATED): _CREATED,
    (_CREATED, _DESTROYED): None,
    (_UPDATED, _CREATED): _UPDATED,
    (_UPDATED, _UPDATED): _UPDATED,
    (_UPDATED, _DESTROYED): _DESTROYED,
    (_DESTROYED, _CREATED): _UPDATED,
    (_DESTROYED, _UPDATED): _DESTROYED,
    (_DESTROYED, _DESTROYED): _DESTROYED,
}


class Notes:
    """The changes of one transaction, one note an object."""

    def __init__(self) -> None:
        self._by_account: dict[AccountId, dict[tuple[ChangeType, int], ChangeOp]] = {}
        self._logged: dict[AccountId, dict[ChangeType, int]] = {}

    def add(self, account: AccountId, type_: ChangeType, object_id: int, op: ChangeOp) -> None:
        """Fold one change into what was noted about the object before."""
        noted = self._by_account.setdefault(account, {})
        before = noted.get((type_, object_id))
        after = op if before is None else _FOLD[before, op]
        if after is None:
            del noted[type_, object_id]
        else:
            noted[type_, object_id] = after

    def log(self, tx: Tx, at: datetime) -> list[Published]:
        """Write the notes to the change log; return what to tell listeners of the whole transaction.

        An account deleted in this transaction has no log any more and is passed over.
        """
        noted, self._by_account = self._by_account, {}
        for account, changes in noted.items():
            modseqs = _log(tx, account, changes, to_ms(at))
            self._logged.setdefault(account, {}).update(modseqs)
        return [Published(account, dict(modseqs)) for account, modseqs in self._logged.items() if modseqs]


def _log(
    tx: Tx, account: AccountId, noted: dict[tuple[ChangeType, int], ChangeOp], at: int
) -> dict[ChangeType, int]:
    """Log one account's notes; return the newest modseq of each type."""
    taken = tx.one("take_modseqs", account=account, count=len(noted)) if noted else None
    if taken is None:
        return {}
    first = int(taken["modseq"]) - len(noted) + 1
    rows: list[Row] = [
        {"account_id": account, "type": type_, "modseq": modseq, "object_id": object_id, "op": op, "at": at}
        for modseq, ((type_, object_id), op) in enumerate(noted.items(), first)
    ]
    if any(type_ is ChangeType.SYNC for type_, _ in noted):
        # There is one sync state an account: only its newest change says anything.
        tx.run("forget_changes_of_type", account=account, type=ChangeType.SYNC)
    tx.many("insert_change", rows)
    return {row["type"]: row["modseq"] for row in rows}
