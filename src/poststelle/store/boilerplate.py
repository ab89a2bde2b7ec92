"""Signatures and templates, of users and of accounts."""

from dataclasses import replace

from poststelle.model.boilerplate import Boilerplate, BoilerplateKind, Owner
from poststelle.model.ids import AccountId, BoilerplateId, UserId
from poststelle.store.accounts import key_of
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def get(tx: ReadTx, id_: BoilerplateId) -> Boilerplate | None:
    row = tx.one("get_boilerplate", id=id_)
    return _read(row) if row else None


def of_user(tx: ReadTx, user: UserId) -> list[Boilerplate]:
    """The user's own, the oldest first; those for one account too."""
    return [_read(row) for row in tx.all("list_boilerplate_of_user", user_id=user)]


def of_account(tx: ReadTx, account: AccountId) -> list[Boilerplate]:
    """The account's own, the oldest first; none of its users'."""
    return [_read(row) for row in tx.all("list_boilerplate_of_account", account_id=account)]


def insert(tx: Tx, new: Boilerplate) -> Boilerplate:
    """Store it under an id of its own."""
    stored = replace(new, id=BoilerplateId(next_id(tx, "boilerplate")))
    tx.run("insert_boilerplate", **_row(stored), **_owner(stored.owner), kind=stored.kind.value)
    return stored


def update(tx: Tx, changed: Boilerplate) -> None:
    """Kind and owner stay."""
    tx.run("update_boilerplate", **_row(changed))


def destroy(tx: Tx, id_: BoilerplateId) -> bool:
    return tx.run("destroy_boilerplate", id=id_) == 1


def is_chosen_elsewhere(tx: ReadTx, id_: BoilerplateId, user: UserId, account: AccountId, email: str) -> bool:
    """Whether the user signs with it under another address than this one."""
    facts = {"id": id_, "user": user, "account": account, "email_key": key_of(email)}
    return tx.one("boilerplate_is_chosen_elsewhere", **facts) is not None


def _row(one: Boilerplate) -> Row:
    return {
        "id": one.id,
        "name": one.name,
        "subject": one.subject,
        "html": one.html,
        "plain": one.plain,
        "is_default": int(one.is_default),
        "is_answer_default": int(one.is_answer_default),
    }


def _owner(owner: Owner) -> Row:
    return {"user_id": owner.user, "account_id": owner.account}


def _read(row: Row) -> Boilerplate:
    user, account = row["user_id"], row["account_id"]
    return Boilerplate(
        id=BoilerplateId(row["id"]),
        kind=BoilerplateKind(row["kind"]),
        owner=Owner(None if user is None else UserId(user), None if account is None else AccountId(account)),
        name=row["name"],
        subject=row["subject"],
        html=row["html"],
        plain=row["plain"],
        is_default=bool(row["is_default"]),
        is_answer_default=bool(row["is_answer_default"]),
    )
