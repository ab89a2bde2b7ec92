"""What has changed since somebody was told: the states that a StateChange names. Source: RFC 8620 §7.1."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from poststelle.model.change import DELIVERY, ChangeType
from poststelle.model.ids import AccountId, UserId
from poststelle.model.push import Arrivals
from poststelle.store import changes, grants, push_subscriptions
from poststelle.store.tx import ReadTx

States = Mapping[str, str]
ArrivalsOf = Mapping[AccountId, Arrivals]


@dataclass(frozen=True, slots=True)
class Moved:
    """``changed``: states of the wanted types, by account. ``now``: how far each account is that moved."""

    changed: Mapping[AccountId, States]
    now: Mapping[AccountId, int]


def reached(tx: ReadTx, user: UserId) -> dict[AccountId, int]:
    """How far each account that the user may read is, within the caller's scope."""
    return push_subscriptions.modseqs(tx, {grant.account_id for grant in grants.accounts_of(tx, user)})


def since(
    tx: ReadTx,
    user: UserId,
    told: Mapping[AccountId, int],
    types: Collection[str],
    arrivals: ArrivalsOf | None = None,
) -> Moved:
    """What the user may know and has not been told; of an account that ``told`` does not know, all.

    With ``arrivals`` EmailDelivery is told of these accounts alone, and of new mail only.
    """
    now = {a: modseq for a, modseq in reached(tx, user).items() if modseq > told.get(a, -1)}
    every = {a: _states(tx, a, told.get(a, -1), types, arrivals) for a in now}
    return Moved({account: states for account, states in every.items() if states}, now)


def _states(
    tx: ReadTx, account: AccountId, told: int, types: Collection[str], arrivals: ArrivalsOf | None
) -> dict[str, str]:
    newer = [t for t in ChangeType if t in types and changes.latest(tx, account, t) > told]
    states = {t.value: changes.state(tx, account, t) for t in newer}
    if DELIVERY in types and (delivered := _delivered(tx, account, told, arrivals)):
        states[DELIVERY] = changes.state_at(tx, account, delivered)
    return states


def _delivered(tx: ReadTx, account: AccountId, told: int, arrivals: ArrivalsOf | None) -> int | None:
    if arrivals is None:
        return changes.latest_delivery(tx, account, told)
    if account not in arrivals:
        return None
    return changes.latest_arrival(tx, account, told, is_focused=arrivals[account] is Arrivals.FOCUSED)
