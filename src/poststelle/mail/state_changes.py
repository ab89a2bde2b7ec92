"""What has changed since somebody was told: the states that a StateChange names. Source: RFC 8620 §7.1."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, UserId
from poststelle.store import changes, grants, push_subscriptions
from poststelle.store.tx import ReadTx

States = Mapping[ChangeType, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """``changed``: states of the wanted types, by account. ``now``: how far each account is that moved."""

    changed: Mapping[AccountId, States]
    now: Mapping[AccountId, int]


def reached(tx: ReadTx, user: UserId) -> dict[AccountId, int]:
    """How far each account that the user may read is, within the caller's scope."""
    return push_subscriptions.modseqs(tx, {grant.account_id for grant in grants.accounts_of(tx, user)})


def since(tx: ReadTx, user: UserId, told: Mapping[AccountId, int], types: Collection[ChangeType]) -> Moved:
    """What the user may know and has not been told; of an account that ``told`` does not know, all."""
    now = {a: modseq for a, modseq in reached(tx, user).items() if modseq > told.get(a, -1)}
    every = {a: _states(tx, a, told.get(a, -1), types) for a in now}
    return Moved({account: states for account, states in every.items() if states}, now)


def _states(
    tx: ReadTx, account: AccountId, told: int, types: Collection[ChangeType]
) -> dict[ChangeType, str]:
    newer = [t for t in ChangeType if t in types and changes.latest(tx, account, t) > told]
    return {t: changes.state(tx, account, t) for t in newer}
