"""Webhooks, and the outbox of what each is to be told of activity records.

    waiting ──claimed──> taken
      │ ^        └────── waiting (put off) ──> refused
      │ └─ sent again, of whatever has ended
      └──> dropped

An event is put into the outbox in the transaction that changes its record. It names the record and does not
hold it: what is sent is what the record is by then. Events of the same contact, or of the same record, share
a *lane*; in a lane only the first one that waits may be sent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import from_ms, to_ms
from poststelle.lib.ids import new_key
from poststelle.model.ids import AccountId, DeliveryId, MessageId, WebhookId
from poststelle.model.webhook import Backlog, Delivery, DeliveryState, RecordEvent, Webhook
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx

Told = tuple[MessageId, Sequence[str]]
"""A record, and the keys of its contacts."""


class Refused(NamedTuple):
    """How many events a webhook was not to be told any more, and since when."""

    total: int
    since: datetime


def list_all(tx: ReadTx) -> list[Webhook]:
    """Each, by name."""
    return [_webhook(row) for row in tx.all("list_webhooks")]


def get(tx: ReadTx, id_: WebhookId) -> Webhook | None:
    row = tx.one("get_webhook", id=id_)
    return None if row is None else _webhook(row)


def of_account(tx: ReadTx, account: AccountId) -> list[WebhookId]:
    """Those that are told of this account's records."""
    return [WebhookId(row["id"]) for row in tx.all("list_webhooks_of_account", account=account)]


def all_of_account(tx: ReadTx, account: AccountId) -> list[WebhookId]:
    """Those that are, or were once, told of this account's records."""
    return [WebhookId(row["id"]) for row in tx.all("list_webhooks_ever_of_account", account=account)]


def reserve_id(tx: Tx) -> WebhookId:
    """A fresh id. Taking it holds the sequence's row until the commit, so they are made one by one."""
    return WebhookId(next_id(tx, "webhooks"))


def insert(tx: Tx, id_: WebhookId, account: AccountId | None, name: str, sealed: bytes, at: datetime) -> bool:
    """False when the name is taken."""
    said = {"name": name, "name_key": name.casefold(), "sealed": sealed, "at": to_ms(at)}
    return tx.run("insert_webhook", id=id_, account=account, **said) == 1


def rename(tx: Tx, id_: WebhookId, name: str) -> bool:
    """False when another has the name."""
    holder = tx.one("get_webhook_by_name", name_key=name.casefold())
    if holder is not None and holder["id"] != id_:
        return False
    tx.run("rename_webhook", id=id_, name=name, name_key=name.casefold())
    return True


def set_sealed(tx: Tx, id_: WebhookId, sealed: bytes) -> None:
    tx.run("set_webhook_sealed", id=id_, sealed=sealed)


def destroy(tx: Tx, id_: WebhookId) -> None:
    """With all that it was to be told."""
    tx.run("destroy_webhook", id=id_)


def pause(tx: Tx, id_: WebhookId, at: datetime, *, is_given_up: bool) -> bool:
    """Send nothing more; what is to be told gathers. False when it is paused already."""
    return tx.run("pause_webhook", id=id_, at=to_ms(at), is_given_up=int(is_given_up)) == 1


def begin_anew(tx: Tx, id_: WebhookId) -> None:
    """Send again all that waits, now, whatever came of it before."""
    tx.run("begin_webhook_anew", id=id_)
    tx.run("hurry_webhook_deliveries", webhook=id_)


def rest(tx: Tx, id_: WebhookId, failures: int, until: datetime, problem: str, now: datetime) -> None:
    """It has not taken something: send nothing until then."""
    times = {"next_at": to_ms(until), "now": to_ms(now)}
    tx.run("rest_webhook", id=id_, failures=failures, problem=problem, **times)


def has_taken(tx: Tx, id_: WebhookId, now: datetime) -> None:
    tx.run("webhook_has_taken", id=id_, now=to_ms(now))


def forget_failures(tx: Tx, id_: WebhookId) -> None:
    """What kept it from being told is over, and was none of its receiver's doing."""
    tx.run("forget_webhook_failures", id=id_)


def waiting(tx: ReadTx, id_: WebhookId) -> int:
    row = tx.one("count_webhook_waiting", webhook=id_)
    return int(row["total"]) if row else 0


def backlogs(tx: ReadTx) -> list[Backlog]:
    """Of every webhook, by name."""
    return [_backlog(row) for row in tx.all("list_webhook_backlogs")]


def _backlog(row: Row) -> Backlog:
    stuck = [row[name] for name in ("failed_since", "failing_since", "paused_at") if row[name] is not None]
    return Backlog(
        id=WebhookId(row["id"]),
        name=row["name"],
        waiting=row["waiting"],
        since=from_ms(min(stuck)) if stuck and row["waiting"] else None,
        refused=row["refused"],
        is_paused=row["paused_at"] is not None,
        is_given_up=bool(row["is_given_up"]),
        problem=row["problem"],
    )


def refused(tx: ReadTx, id_: WebhookId) -> Refused | None:
    """None: nothing was."""
    row = tx.one("get_webhook_refused", webhook=id_)
    return Refused(int(row["total"]), from_ms(row["since"])) if row and row["total"] else None


def put(tx: Tx, webhook: WebhookId, kind: RecordEvent, account: AccountId, told: Sequence[Told]) -> None:
    """Have a webhook told of these records, in this order."""
    numbered = [(DeliveryId(next_id(tx, "webhook_deliveries")), one) for one in told]
    of = {"webhook": webhook, "kind": kind.value, "account": account}
    rows = [{"id": id_, "event": new_key(), "message": message, **of} for id_, (message, _) in numbered]
    tx.many("insert_webhook_delivery", rows)
    for id_, one in numbered:
        _enter_lanes(tx, webhook, id_, account, one)


def to_send(tx: ReadTx, now: datetime) -> list[WebhookId]:
    """Those that may be told something now, and for which something waits; a superset."""
    return [WebhookId(row["id"]) for row in tx.all("list_webhooks_to_send", now=to_ms(now))]


def due(tx: ReadTx, webhook: WebhookId, now: datetime, limit: int) -> list[Delivery]:
    """What may be sent to it now: first of its lanes, and nobody's claim."""
    rows = tx.all("list_due_webhook_deliveries", webhook=webhook, now=to_ms(now), limit=limit)
    return [_delivery(row) for row in rows]


def delivery(tx: ReadTx, webhook: WebhookId, id_: DeliveryId) -> Delivery | None:
    row = tx.one("get_webhook_delivery", webhook=webhook, id=id_)
    return None if row is None else _delivery(row)


def tried(tx: ReadTx, webhook: WebhookId, limit: int) -> list[Delivery]:
    """What was sent, taken or not; the last attempt first."""
    return [_delivery(row) for row in tx.all("list_tried_webhook_deliveries", webhook=webhook, limit=limit)]


def claim(tx: Tx, id_: DeliveryId, now: datetime, until: datetime, holder: str | None = None) -> bool:
    """Send it until then and nobody else; False when somebody else does, or it waits no more."""
    times = {"now": to_ms(now), "until": to_ms(until)}
    return tx.run("claim_webhook_delivery", id=id_, holder=holder, **times) == 1


def release_holder(tx: Tx, holder: str) -> int:
    """What a program of this name was sending when it died is anybody's; return how many there were."""
    return tx.run("free_webhook_deliveries", holder=holder)


def end(
    tx: Tx, id_: DeliveryId, claimed_until: datetime, state: DeliveryState, answer: str, now: datetime
) -> bool:
    """It was sent, and waits no more; False, and nothing changes, when the claim was lost."""
    times = {"claimed_until": to_ms(claimed_until), "now": to_ms(now)}
    ended = tx.run("end_webhook_delivery", id=id_, state=state.value, answer=answer, **times) == 1
    if ended:
        tx.run("delete_webhook_lanes_of_delivery", delivery=id_)
    return ended


def put_off(
    tx: Tx, id_: DeliveryId, claimed_until: datetime, due_at: datetime, answer: str, now: datetime
) -> bool:
    """It was not taken, and is sent again then; False as for ``end``."""
    times = {"claimed_until": to_ms(claimed_until), "due_at": to_ms(due_at), "now": to_ms(now)}
    return tx.run("put_off_webhook_delivery", id=id_, answer=answer, **times) == 1


def drop(tx: Tx, id_: DeliveryId, now: datetime) -> bool:
    """It need not be sent; False while it is being sent, and when it was."""
    dropped = tx.run("drop_webhook_delivery", id=id_, now=to_ms(now)) == 1
    if dropped:
        tx.run("delete_webhook_lanes_of_delivery", delivery=id_)
    return dropped


def reopen(tx: Tx, one: Delivery, contacts: Sequence[str], now: datetime) -> None:
    """Have it sent again, now, with the id that it had; nothing changes while it is being sent."""
    if tx.run("reopen_webhook_delivery", id=one.id, now=to_ms(now)) == 1:
        _enter_lanes(tx, one.webhook_id, one.id, one.account_id, (one.message_id, contacts))


def forget_records(tx: Tx, account: AccountId, ids: Sequence[MessageId], now: datetime) -> None:
    """These records are about to go: what waits about them is not told any more."""
    tx.run("delete_waiting_of_records", account=account, ids=ids, now=to_ms(now))


def forget_contact(tx: Tx, webhooks: Iterable[WebhookId], key: str) -> None:
    """Nothing here says any more that something waits about this contact."""
    for webhook in webhooks:
        tx.run("delete_webhook_lane", webhook=webhook, lane=key)


def forget_ended(tx: Tx, before: datetime, limit: int) -> int:
    """Remove what ended before then; how many."""
    return tx.run("delete_old_webhook_deliveries", before=to_ms(before), limit=limit)


def _enter_lanes(tx: Tx, webhook: WebhookId, id_: DeliveryId, account: AccountId, told: Told) -> None:
    """Addresses have an @ and the name of a record has none."""
    message, contacts = told
    lanes = [f"{account}/{message}", *contacts]
    tx.many("insert_webhook_lane", [{"webhook": webhook, "lane": lane, "delivery": id_} for lane in lanes])


def _webhook(row: Row) -> Webhook:
    account = row["account_id"]
    return Webhook(
        id=WebhookId(row["id"]),
        account_id=None if account is None else AccountId(account),
        name=row["name"],
        sealed=bytes(row["sealed"]),
        created_at=from_ms(row["created_at"]),
        failures=row["failures"],
        next_at=from_ms(row["next_at"]),
        failing_since=_instant(row["failing_since"]),
        taken_at=_instant(row["taken_at"]),
        problem=row["problem"],
        paused_at=_instant(row["paused_at"]),
        is_given_up=bool(row["is_given_up"]),
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        webhook_id=WebhookId(row["webhook_id"]),
        event=row["event"],
        kind=RecordEvent(row["kind"]),
        account_id=AccountId(row["account_id"]),
        message_id=MessageId(row["message_id"]),
        state=DeliveryState(row["state"]),
        claimed_until=from_ms(row["claimed_until"]),
        attempts=row["attempts"],
        failed_since=_instant(row["failed_since"]),
        tried_at=_instant(row["tried_at"]),
        answer=row["answer"],
        ended_at=_instant(row["ended_at"]),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
