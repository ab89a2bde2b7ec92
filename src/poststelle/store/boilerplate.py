"""Signatures and templates, of users and of accounts."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from poststelle.model.boilerplate import NOBODY, Boilerplate, BoilerplateKind, KeptFile, Owner, Recipients
from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, BoilerplateId, KeptFileId, UserId
from poststelle.store.accounts import key_of
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def get(tx: ReadTx, id_: BoilerplateId) -> Boilerplate | None:
    row = tx.one("get_boilerplate", id=id_)
    return _read_all(tx, [row])[0] if row else None


def of_user(tx: ReadTx, user: UserId) -> list[Boilerplate]:
    """The user's own, the oldest first; those for one account too."""
    return _read_all(tx, tx.all("list_boilerplate_of_user", user_id=user))


def of_account(tx: ReadTx, account: AccountId) -> list[Boilerplate]:
    """The account's own, the oldest first; none of its users'."""
    return _read_all(tx, tx.all("list_boilerplate_of_account", account_id=account))


def insert(tx: Tx, new: Boilerplate) -> Boilerplate:
    """Store it under an id of its own, without files."""
    stored = replace(new, id=BoilerplateId(next_id(tx, "boilerplate")), files=())
    tx.run("insert_boilerplate", **_row(stored), **_owner(stored.owner), kind=stored.kind.value)
    return stored


def update(tx: Tx, changed: Boilerplate) -> None:
    """Kind, owner and files stay."""
    tx.run("update_boilerplate", **_row(changed))


def destroy(tx: Tx, id_: BoilerplateId) -> bool:
    tx.run("note_loose_boilerplate_files", boilerplate=id_)
    return tx.run("destroy_boilerplate", id=id_) == 1


def add_file(tx: Tx, id_: BoilerplateId, name: str, content_type: str, octets: Octets) -> KeptFile:
    """Keep stored octets as a file of a template."""
    made = KeptFile(KeptFileId(next_id(tx, "boilerplate_files")), name, content_type, octets)
    tx.run(
        "insert_boilerplate_file",
        boilerplate=id_,
        id=made.id,
        name=name,
        content_type=content_type,
        sha256=octets.sha256,
        size=octets.size,
    )
    return made


def remove_file(tx: Tx, id_: BoilerplateId, file: KeptFileId) -> bool:
    """Forget one file; False when there is none such."""
    tx.run("note_loose_boilerplate_file", boilerplate=id_, id=file)
    return tx.run("delete_boilerplate_file", boilerplate=id_, id=file) == 1


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
        "recipients": _recipients_text(one.recipients),
    }


def _recipients_text(people: Recipients) -> str | None:
    return None if people == NOBODY else msgspec.json.encode(people).decode()


def _recipients(text: str | None) -> Recipients:
    return NOBODY if text is None else msgspec.json.decode(text, type=Recipients)


def _owner(owner: Owner) -> Row:
    return {"user_id": owner.user, "account_id": owner.account}


def _read_all(tx: ReadTx, rows: list[Row]) -> list[Boilerplate]:
    files = _files(tx, [row["id"] for row in rows if row["kind"] == BoilerplateKind.TEMPLATE.value])
    return [_read(row, files.get(row["id"], ())) for row in rows]


def _files(tx: ReadTx, ids: list[int]) -> dict[int, tuple[KeptFile, ...]]:
    """The files of each of these, in the order in which they came."""
    found: dict[int, tuple[KeptFile, ...]] = {}
    rows: Iterable[Row] = tx.all("list_boilerplate_files", ids=ids) if ids else ()
    for row in rows:
        octets = Octets(row["sha256"], row["size"])
        one = KeptFile(KeptFileId(row["id"]), row["name"], row["content_type"], octets)
        found[row["boilerplate_id"]] = (*found.get(row["boilerplate_id"], ()), one)
    return found


def _read(row: Row, files: tuple[KeptFile, ...]) -> Boilerplate:
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
        recipients=_recipients(row["recipients"]),
        files=files,
    )
