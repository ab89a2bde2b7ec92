"""Who could read which mailbox, and when: ``grants`` says it of now alone.

A span for each time that somebody was assigned while they were active, at whatever level, by what was given
to them alone or by their groups. Nothing here refers to the account by a foreign key: an archive stays when
its mailbox is deleted, and so does who was assigned to it.
"""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Span
from poststelle.store.tx import ReadTx, Tx

_BEGINNING, _OPEN = -(2**62), 2**62


def settle(tx: Tx, user: UserId, account: AccountId, at: datetime) -> None:
    """After any change of the user's grant in the account. Nothing happens where it is noted already."""
    asked = {"user": user, "account": account, "at": to_ms(at), "open": _OPEN}
    tx.run("end_assignments_one", **asked)
    tx.run("begin_assignments_one", **asked)


def settle_user(tx: Tx, user: UserId, at: datetime) -> None:
    """After the user was deactivated or activated, in all accounts."""
    asked = {"user": user, "at": to_ms(at), "open": _OPEN}
    tx.run("end_assignments_all", **asked)
    tx.run("begin_assignments_all", **asked)


def end_with_account(tx: Tx, account: AccountId, at: datetime) -> None:
    """The account is deleted, and its archive stays."""
    tx.run("end_assignments_of_account", account=account, at=to_ms(at), open=_OPEN)


def forget(tx: Tx, account: AccountId) -> None:
    """The account is deleted, and nothing is left of it."""
    tx.run("delete_assignments_of_account", account=account)


def spans(tx: ReadTx, user: UserId, account: AccountId) -> tuple[Span, ...]:
    """When the user was assigned; the newest first."""
    rows = tx.all("list_assignments", user=user, account=account)
    return tuple(
        Span(
            None if row["since"] == _BEGINNING else from_ms(row["since"]),
            None if row["until"] == _OPEN else from_ms(row["until"]),
        )
        for row in rows
    )
