"""Accounts: whole mail stores, without their mail. A change clients can see is logged as SyncState."""

from collections.abc import Iterable
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, UserId
from poststelle.model.search import LAST_ACCOUNT
from poststelle.store import search
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def key_of(address: str) -> str:
    """The form in which addresses are compared."""
    return address.casefold()


def insert(
    tx: Tx, *, type_: AccountType, address: str, state: AccountState, at: datetime, by: UserId | None
) -> Account | None:
    """Add an account; None when the address is there already (case-insensitive)."""
    number = AccountId(next_id(tx, "accounts"))
    if number > LAST_ACCOUNT:
        raise OverflowError(f"There is no number left for a new mailbox: {number} is above {LAST_ACCOUNT}.")
    account = Account(number, type_, address, "", state, None, True, at, by)
    added = tx.run(
        "insert_account",
        id=account.id,
        epoch=to_ms(at),
        type=type_.value,
        address=address,
        address_key=key_of(address),
        name=account.name,
        state=state.value,
        state_reason=None,
        is_active=1,
        created_at=to_ms(at),
        created_by=by,
    )
    return account if added else None


def get(tx: ReadTx, account: AccountId) -> Account | None:
    row = tx.one("get_account", id=account)
    return _account(row) if row else None


def get_many(tx: ReadTx, ids: Iterable[AccountId]) -> list[Account]:
    """Those that are there, in no order."""
    return [_account(row) for row in tx.all("get_accounts", ids=ids)]


def is_internal(tx: ReadTx, account: AccountId) -> bool:
    """Whether it has no remote side, so that what is done in it is final."""
    found = get(tx, account)
    return found is not None and found.is_internal


def list_all(tx: ReadTx) -> list[Account]:
    """All accounts by address."""
    return [_account(row) for row in tx.all("list_accounts")]


def has_address(tx: ReadTx, address: str) -> bool:
    """Whether an account has it, as its own or as one of the others that its provider told."""
    return tx.one("has_account_address", email_key=key_of(address)) is not None


def set_state(tx: Tx, account: AccountId, state: AccountState, reason: str | None = None) -> None:
    """Note where the account stands; ``reason`` is the provider's short code for a lost sign-in.

    Unless it is connected, a pull under way loses its lease and writes nothing more.
    """
    if tx.run("set_account_state", id=account, state=state.value, state_reason=reason):
        if state is not AccountState.CONNECTED:
            tx.run("end_sync_lease", account=account)
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def set_options(tx: Tx, account: AccountId, *, name: str, is_active: bool) -> None:
    """Change the options; when it is not active any more, a pull under way loses its lease."""
    if tx.run("set_account_options", id=account, name=name, is_active=int(is_active)):
        if not is_active:
            tx.run("end_sync_lease", account=account)
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def set_vip(tx: Tx, account: AccountId, *, is_vip: bool) -> None:
    """Note whether what it leaves outside is for those alone who were assigned when it came."""
    if tx.run("set_account_vip", id=account, is_vip=int(is_vip)):
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def set_spelling(tx: Tx, account: AccountId, address: str) -> None:
    """Write the account's address as given; nothing happens when it is another address."""
    if tx.run("set_account_address", id=account, address=address, address_key=key_of(address)):
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def set_shared(tx: Tx, account: AccountId, *, is_shared: bool) -> None:
    """Note whether people open it with sign-ins of their own."""
    if tx.run("set_account_shared", id=account, is_shared=int(is_shared)):
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def destroy(tx: Tx, account: AccountId) -> bool:
    """Remove the account with its mail, grants, sign-ins and change log; the audit trail stays."""
    tx.run("note_loose_blobs_of_account", account=account)
    tx.run("note_loose_boilerplate_of_account", account=account)
    search.go(tx, account)
    return tx.run("destroy_account", id=account) == 1


def _account(row: Row) -> Account:
    by = row["created_by"]
    return Account(
        id=AccountId(row["id"]),
        type=AccountType(row["type"]),
        address=row["address"],
        name=row["name"],
        state=AccountState(row["state"]),
        state_reason=row["state_reason"],
        is_active=bool(row["is_active"]),
        created_at=from_ms(row["created_at"]),
        created_by=None if by is None else UserId(by),
        is_shared=bool(row["is_shared"]),
        history_months=row["history_months"],
        history_from=None if row["history_from"] is None else from_ms(row["history_from"]),
        is_vip=bool(row["is_vip"]),
    )
