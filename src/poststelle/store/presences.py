"""Who is reading or answering which message: what each window says, until it says nothing more."""

from collections.abc import Iterable
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.presence import Activity, Presence, Said, Voice
from poststelle.store.tx import ReadTx, Row, Tx


def list_standing(tx: ReadTx, account: AccountId, now: datetime) -> list[Presence]:
    """What each voice says that still stands, the longest-standing first."""
    return [
        Presence(
            user_id=UserId(row["user_id"]),
            name=row["name"],
            message_id=MessageId(row["message_id"]),
            activity=_activity(row),
            since=from_ms(row["since"]),
            ends_at=from_ms(row["ends_at"]),
        )
        for row in tx.all("list_presences", account=account, now=to_ms(now))
    ]


def said(tx: ReadTx, voice: Voice) -> dict[MessageId, Said]:
    """What this voice said last, stands it or not."""
    return {
        MessageId(row["message_id"]): Said(
            MessageId(row["message_id"]), _activity(row), from_ms(row["since"]), from_ms(row["ends_at"])
        )
        for row in tx.all("list_presences_said", **_key(voice))
    }


def count_other_clients(tx: ReadTx, voice: Voice, now: datetime) -> int:
    """How many other voices the user has in the account."""
    row = tx.one("count_presence_clients", **_key(voice), now=to_ms(now))
    return int(row["others"]) if row else 0


def upsert(tx: Tx, voice: Voice, wanted: Iterable[Said]) -> None:
    rows = [
        {
            **_key(voice),
            "message_id": one.message_id,
            "is_answering": int(one.activity is Activity.ANSWERING),
            "since": to_ms(one.since),
            "ends_at": to_ms(one.ends_at),
        }
        for one in wanted
    ]
    tx.many("upsert_presence", rows)


def delete(tx: Tx, voice: Voice, ids: Iterable[MessageId]) -> None:
    """This voice says nothing of these messages any more."""
    tx.run("delete_presences", **_key(voice), ids=list(ids))


def accounts_of_ended(tx: ReadTx, now: datetime) -> list[AccountId]:
    """Where something is kept that does not stand any more."""
    rows = tx.all("list_accounts_of_ended_presences", now=to_ms(now))
    return [AccountId(row["account_id"]) for row in rows]


def delete_ended(tx: Tx, account: AccountId, now: datetime) -> None:
    tx.run("delete_ended_presences", account=account, now=to_ms(now))
    note_changed(tx, account)


def note_changed(tx: Tx, account: AccountId) -> None:
    """Those who look at the account see something else now."""
    tx.changed(account, ChangeType.PRESENCE, 0, ChangeOp.UPDATED)


def _key(voice: Voice) -> Row:
    return {
        "account": voice.account_id,
        "user_id": voice.user_id,
        "login_key": voice.login_key,
        "client": voice.client,
    }


def _activity(row: Row) -> Activity:
    return Activity.ANSWERING if row["is_answering"] else Activity.READING
