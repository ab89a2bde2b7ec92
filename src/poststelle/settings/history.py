"""How far back an account's mail is fetched: everything, or a number of months.

The months are counted once, from the day they are chosen: what has been fetched
stays here as time goes by, and both sides of a check mean the same mail.
Nothing changes at the provider.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from poststelle.access.rights import require_settings
from poststelle.lib.clock import months_earlier
from poststelle.model.account import Account, AccountType
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.store import accounts, audit, checks, history
from poststelle.store.tx import ReadTx, Tx

MOST_MONTHS = 240


@dataclass(frozen=True, slots=True)
class Depth:
    """What choosing ``months`` (None: everything) means today.

    Mail received from ``begins`` on is held. ``removes`` local copies are older
    and go, ``fetches_more`` says that older mail than now is fetched.
    """

    months: int | None
    begins: datetime | None
    removes: int
    fetches_more: bool


def preview(tx: ReadTx, by: UserId, account_id: AccountId, months: int | None, now: datetime) -> Depth:
    """What ``set_depth`` would do. Invalid ``invalid_months``, ``not_external``."""
    require_settings(tx, by)
    return _depth(tx, _external(tx, account_id), months, now)


def set_depth(
    tx: Tx, by: UserId, account_id: AccountId, months: int | None, *, is_confirmed: bool, now: datetime
) -> Depth:
    """Fetch mail from so many months before today on; None: all of it.

    Invalid as in ``preview``, and ``removal_not_confirmed`` (with ``removes`` and ``begins``)
    where local copies go and nobody has said that they may.
    """
    require_settings(tx, by)
    account = _external(tx, account_id)
    depth = _depth(tx, account, months, now)
    if (account.history_months, account.history_from) == (depth.months, depth.begins):
        return depth
    if depth.removes and not is_confirmed:
        raise Invalid(
            "confirm",
            "removal_not_confirmed",
            "Confirm that local copies of older mail are removed. Microsoft keeps it.",
            removes=depth.removes,
            begins=None if depth.begins is None else depth.begins.isoformat(),
        )
    history.set_depth(tx, account_id, depth.months, depth.begins, now, is_longer=depth.fetches_more)
    checks.begin_anew(tx, account_id, now)
    audit.record(
        tx,
        now,
        by,
        "account.history_changed",
        account_id,
        subject=account.address,
        months=depth.months,
        begins=None if depth.begins is None else depth.begins.date().isoformat(),
        removes=depth.removes,
    )
    return depth


def months_before(now: datetime, months: int) -> datetime:
    """The beginning of the same day (UTC) so many months earlier, or of that month's last day."""
    day = months_earlier(now, months)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _depth(tx: ReadTx, account: Account, months: int | None, now: datetime) -> Depth:
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise Invalid("months", "invalid_months", f"From 1 to {MOST_MONTHS} months, or everything.")
    begins = None if months is None else months_before(now.astimezone(UTC), months)
    removes = 0 if begins is None else history.count_older(tx, account.id, begins)
    held = account.history_from
    return Depth(months, begins, removes, held is not None and (begins is None or begins < held))


def _external(tx: ReadTx, account_id: AccountId) -> Account:
    account = accounts.get(tx, account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    if account.type is AccountType.LOCAL:
        raise Invalid("months", "not_external", "All mail of an internal mailbox is held here.")
    return account
