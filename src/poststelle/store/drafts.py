"""What is known of our drafts besides their messages, and how far their attachments are."""

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.draft import Draft, DraftStep, PartProgress
from poststelle.model.ids import LOCAL, AccountId, MessageId, RemoteId, ThreadId
from poststelle.store.threads import key_alone
from poststelle.store.tx import ReadTx, Row, Tx

_AMONG = 5_000  # messages among which one that is answered is looked for


class Recent(NamedTuple):
    """A message found by its Message-ID."""

    id: MessageId
    thread_id: ThreadId


class Uploading(NamedTuple):
    """Octets of a draft's attachments: how many the provider has, of how many."""

    sent: int
    total: int


def insert(tx: Tx, draft: Draft, parts: int) -> None:
    """Note a new draft with so many attachments. Its Message-ID must not be another draft's."""
    tx.run(
        "insert_draft",
        account=draft.account_id,
        message=draft.message_id,
        key=draft.key,
        internet_message_id=draft.internet_message_id,
        in_reply_to=json.dumps(draft.in_reply_to),
        refs=json.dumps(draft.references),
        is_answer=int(draft.is_answer),
    )
    rows = [
        {"account_id": draft.account_id, "message_id": draft.message_id, "position": p} for p in range(parts)
    ]
    tx.many("insert_draft_part", rows)


def get(tx: ReadTx, account: AccountId, message: MessageId) -> Draft | None:
    return get_many(tx, account, [message]).get(message)


def get_many(tx: ReadTx, account: AccountId, ids: Collection[MessageId]) -> dict[MessageId, Draft]:
    """Those of the messages that are drafts of ours."""
    if not ids:
        return {}
    rows = tx.all("get_drafts", account=account, ids=list(ids))
    return {MessageId(row["message_id"]): _draft(row) for row in rows}


def by_message_id(
    tx: ReadTx, account: AccountId, names: Collection[str]
) -> dict[str, tuple[Draft, RemoteId]]:
    """Drafts by their Message-ID (with brackets), each with the remote id of its message."""
    if not names or tx.one("any_draft", account=account) is None:
        return {}
    rows = tx.all("list_drafts_by_message_id", account=account, names=list(names))
    return {row["internet_message_id"]: (_draft(row), RemoteId(row["remote_id"])) for row in rows}


def note_namesake(tx: Tx, account: AccountId, other: RemoteId, name: str) -> None:
    """Other mail, with the id ``other``, has this Message-ID: a draft that has it, too, knows from now on."""
    tx.run("note_namesake", account=account, other=other, name=name)


def look_for_namesakes(tx: Tx, account: AccountId, message: MessageId) -> None:
    """A draft whose id at the provider is known just now is told what was met under its Message-ID before.

    Of a finished message nothing is asked: nobody names it anew.
    """
    draft = get(tx, account, message)
    if draft is None or draft.is_finished or draft.has_namesake:
        return
    if has_namesake(tx, account, message, draft.internet_message_id):
        tx.run("set_draft_has_namesake", account=account, message=message)


def set_step(tx: Tx, draft: Draft, step: DraftStep, problem: str | None = None) -> bool:
    """Note how far it is; False when it is gone."""
    return (
        tx.run(
            "set_draft_step",
            account=draft.account_id,
            message=draft.message_id,
            step=step.value,
            problem=problem,
        )
        == 1
    )


def set_name(tx: Tx, draft: Draft, internet_message_id: str) -> None:
    """Note another Message-ID (with brackets), which must not be another draft's."""
    tx.run(
        "set_draft_name",
        account=draft.account_id,
        message=draft.message_id,
        internet_message_id=internet_message_id,
    )


def set_told(tx: Tx, account: AccountId, message: MessageId, told: dict[str, str] | None) -> None:
    """Keep the digests of what the provider tells of it."""
    text = None if told is None else json.dumps(told)
    tx.run("set_draft_told", account=account, message=message, told=text)


def repoint(tx: Tx, account: AccountId, old: MessageId, new: MessageId, thread: ThreadId) -> None:
    """A message got another id, because it was changed elsewhere; what waits to be sent goes as it is now.

    ``thread`` is the one it lies in.
    """
    for query in ("move_draft", "move_draft_parts"):
        tx.run(query, account=account, old=old, new=new)
    for row in tx.all("list_moved_submissions", account=account, messages=[old]):
        tx.changed(account, ChangeType.SUBMISSION, row["id"], ChangeOp.UPDATED)
    tx.run("move_submissions", account=account, old=[old], new=new, thread=thread)


def destroy(tx: Tx, account: AccountId, message: MessageId) -> None:
    """It is a draft no more."""
    tx.run("delete_draft_parts", account=account, ids=[message])
    tx.run("delete_drafts", account=account, ids=[message])


def parts(tx: ReadTx, account: AccountId, message: MessageId) -> list[PartProgress]:
    """How far each attachment is, in order."""
    return [_part(row) for row in tx.all("list_draft_parts", account=account, message=message)]


def set_part(tx: Tx, account: AccountId, message: MessageId, part: PartProgress) -> None:
    tx.run(
        "set_draft_part",
        account=account,
        message=message,
        position=part.position,
        is_done=int(part.is_done),
        upload_url=part.upload_url,
        expires_at=None if part.expires_at is None else to_ms(part.expires_at),
        sent=part.sent,
    )


def renew_parts(tx: Tx, account: AccountId, message: MessageId, count: int) -> None:
    """It has so many other attachments, which are at the provider. Nothing happens to a draft not of ours."""
    if get(tx, account, message) is None:
        return
    tx.run("delete_draft_parts", account=account, ids=[message])
    rows = [{"account_id": account, "message_id": message, "position": n} for n in range(count)]
    tx.many("insert_draft_part", rows)
    for position in range(count):
        set_part(tx, account, message, PartProgress(position, True, None, None, 0))


def reset_parts(tx: Tx, account: AccountId, message: MessageId) -> None:
    """None of its attachments is at the provider."""
    tx.run("reset_draft_parts", account=account, message=message)


def uploading(tx: ReadTx, account: AccountId, message: MessageId) -> Uploading:
    row = tx.one("get_upload_progress", account=account, message=message) or {"sent": 0, "total": 0}
    return Uploading(row["sent"], row["total"])


def find_recent(tx: ReadTx, account: AccountId, names: Sequence[str]) -> Recent | None:
    """The newest message with one of these Message-IDs (with brackets) among the account's newest 5,000.

    There is no index by Message-ID: it would cost the first synchronisation more than this costs a draft.
    """
    if not names:
        return None
    row = tx.one("find_recent_message", account=account, names=list(names), among=_AMONG)
    return Recent(MessageId(row["id"]), ThreadId(row["thread_id"])) if row else None


def has_namesake(tx: ReadTx, account: AccountId, message: MessageId, name: str) -> bool:
    """Whether another message has this Message-ID, among the account's newest 5,000."""
    return bool(namesakes(tx, account, message, name, at_most=1))


def namesakes(
    tx: ReadTx, account: AccountId, message: MessageId, name: str, *, at_most: int = 50
) -> list[MessageId]:
    """Other messages with this Message-ID, among the account's newest 5,000."""
    rows = tx.all(
        "list_recent_namesakes", account=account, message=message, name=name, among=_AMONG, most=at_most
    )
    return [MessageId(row["id"]) for row in rows]


def _draft(row: Row) -> Draft:
    return Draft(
        account_id=AccountId(row["account_id"]),
        message_id=MessageId(row["message_id"]),
        key=row["key"],
        internet_message_id=row["internet_message_id"],
        in_reply_to=tuple(json.loads(row["in_reply_to"])),
        references=tuple(json.loads(row["refs"])),
        step=DraftStep(row["step"]),
        told=None if row["told"] is None else json.loads(row["told"]),
        problem=row["problem"],
        has_namesake=bool(row["has_namesake"]),
        is_answer=bool(row["is_answer"]) or _lies_with_what_it_names(row),
    )


def _lies_with_what_it_names(row: Row) -> bool:
    """Whether a draft that names what it answers lies with others, in a thread that did not begin with it.

    Programs of schema 50 to 58, which may run beside this one, don't say that it is an answer; nor did all
    of schema 59.
    """
    if row["in_reply_to"] == "[]" and row["refs"] == "[]":
        return False
    return bool(row["has_company"]) and row["thread_key"] != key_alone(RemoteId(LOCAL + row["key"]))


def _part(row: Row) -> PartProgress:
    return PartProgress(
        position=row["position"],
        is_done=bool(row["is_done"]),
        upload_url=row["upload_url"],
        expires_at=None if row["expires_at"] is None else from_ms(row["expires_at"]),
        sent=row["sent"],
    )
