"""Groups of recipients, of users and of accounts."""

from dataclasses import replace

import msgspec

from poststelle.model.boilerplate import Owner
from poststelle.model.ids import AccountId, GroupId, UserId
from poststelle.model.message import Address
from poststelle.model.recipient_group import RecipientGroup
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def get(tx: ReadTx, id_: GroupId) -> RecipientGroup | None:
    row = tx.one("get_recipient_group", id=id_)
    return _read(row) if row else None


def of_user(tx: ReadTx, user: UserId) -> list[RecipientGroup]:
    """The user's own, by name."""
    return [_read(row) for row in tx.all("list_recipient_groups_of_user", user=user)]


def of_account(tx: ReadTx, account: AccountId) -> list[RecipientGroup]:
    """The account's own, by name; none of its users'."""
    return [_read(row) for row in tx.all("list_recipient_groups_of_account", account=account)]


def insert(tx: Tx, new: RecipientGroup) -> RecipientGroup:
    """Store it under an id of its own."""
    stored = replace(new, id=GroupId(next_id(tx, "recipient_groups")))
    owner = {"user_id": stored.owner.user, "account_id": stored.owner.account}
    tx.run("insert_recipient_group", **_row(stored), **owner)
    return stored


def update(tx: Tx, changed: RecipientGroup) -> None:
    """The owner stays."""
    tx.run("update_recipient_group", **_row(changed))


def destroy(tx: Tx, id_: GroupId) -> bool:
    return tx.run("destroy_recipient_group", id=id_) == 1


def _row(one: RecipientGroup) -> Row:
    return {"id": one.id, "name": one.name, "members": msgspec.json.encode(one.members).decode()}


def _read(row: Row) -> RecipientGroup:
    user, account = row["user_id"], row["account_id"]
    owner = Owner(None if user is None else UserId(user), None if account is None else AccountId(account))
    members = msgspec.json.decode(row["members"], type=tuple[Address, ...])
    return RecipientGroup(GroupId(row["id"]), owner, row["name"], members)
