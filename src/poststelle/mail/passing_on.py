"""Passing activity records on to programs of the operator's, by webhooks.

What happens to a record is put into the outbox together with it. What is sent is the record as it is by then:
whose record has gone meanwhile is not told any more, except that it has. A webhook that takes nothing for
days is paused, and an administrator resumes it; what one webhook refuses for as long while it takes others is
given up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.ids import encode_id
from poststelle.model.activity import Activity
from poststelle.model.ids import ACCOUNT, MESSAGE, THREAD, AccountId, MessageId, WebhookId
from poststelle.model.webhook import Delivery, DeliveryState, RecordEvent, Webhook
from poststelle.store import accounts, activities, audit, webhooks
from poststelle.store.tx import ReadTx, Tx
from poststelle.store.webhooks import Told

PATIENCE = timedelta(days=5)
"""How long is tried what nobody takes."""
KEPT = timedelta(days=30)
"""How long one sees what became of it."""
AT_ONCE = 4
"""Requests to one webhook that works."""
CANNOT_OPEN = "sealed_with_another_key"
_LOOK_AGAIN = timedelta(seconds=30)
"""At one that this process can't open. Short: another process may be able to, and waits for as long."""

log = structlog.get_logger()


class Target(msgspec.Struct):
    """Where a webhook is and what signs for it; kept sealed. ``former`` signs, too, until it is ended."""

    url: str
    secret: str
    former: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret,) if self.former is None else (self.secret, self.former)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that was claimed, ready to be sent."""

    delivery: Delivery
    target: Target
    body: bytes


def seal(ring: KeyRing, webhook: WebhookId, target: Target) -> bytes:
    return ring.seal(msgspec.msgpack.encode(target), _row(webhook))


def target(ring: KeyRing, webhook: Webhook) -> Target:
    """Raises CannotOpen where this process has no key for it."""
    return msgspec.msgpack.decode(ring.open(webhook.sealed, _row(webhook.id)), type=Target)


def tell(tx: Tx, kind: RecordEvent, account: AccountId, told: Sequence[Told]) -> None:
    """Put it into the outbox of each webhook that is told of this account's records.

    Those that were before the mailbox was VIP are told, of what is other or gone, that it is gone.
    """
    if not told:
        return
    now_told = set(webhooks.of_account(tx, account))
    for webhook in webhooks.all_of_account(tx, account):
        if webhook in now_told:
            webhooks.put(tx, webhook, kind, account, told)
        elif kind is not RecordEvent.CREATED:
            webhooks.put(tx, webhook, RecordEvent.ERASED, account, [(one, ()) for one, _ in told])


def is_any_due(tx: ReadTx, now: datetime) -> bool:
    return any(webhooks.due(tx, id_, now, 1) for id_ in webhooks.to_send(tx, now))


def claim_due(
    tx: Tx,
    ring: KeyRing,
    now: datetime,
    claim_s: float,
    room: int,
    under_way: Mapping[WebhookId, int],
    holder: str | None = None,
) -> list[Parcel]:
    """What is to be sent now, at most ``room``; what need not be sent any more is dropped.

    To a webhook that did not take the last one goes one at a time. One that this process can't open waits for
    one that can, for as long as need be: its receiver has refused nothing.
    """
    until, found = now + timedelta(seconds=claim_s), list[Parcel]()
    for id_ in webhooks.to_send(tx, now):
        webhook = webhooks.get(tx, id_)
        assert webhook is not None  # we have just read it
        most = (1 if webhook.failures else AT_ONCE) - under_way.get(id_, 0)
        for one in webhooks.due(tx, id_, now, max(0, min(most, room - len(found)))):
            body = _body(tx, one)
            if body is None:
                webhooks.drop(tx, one.id, now)
                continue
            try:
                where = target(ring, webhook)
            except CannotOpen:
                log.warning("webhook.sealed_with_another_key", webhook=id_)
                webhooks.rest(tx, id_, webhook.failures, now + _LOOK_AGAIN, CANNOT_OPEN, now)
                break
            if webhook.problem == CANNOT_OPEN:  # for how long that was is not held against the receiver
                webhooks.forget_failures(tx, id_)
            if webhooks.claim(tx, one.id, now, until, holder):
                found.append(Parcel(replace(one, claimed_until=until), where, body))
    return found


def taken(tx: Tx, one: Delivery, answer: str, now: datetime) -> None:
    """It was sent and taken."""
    if webhooks.end(tx, one.id, one.claimed_until, DeliveryState.TAKEN, answer, now):
        webhooks.has_taken(tx, one.webhook_id, now)


def failed(tx: Tx, one: Delivery, answer: str, now: datetime, wait_s: Callable[[int], float]) -> None:
    """It was not taken; ``wait_s`` says for how long to wait after so many failures."""
    webhook = webhooks.get(tx, one.webhook_id)
    if webhook is None:
        return
    began = one.failed_since or now
    took_others = webhook.taken_at is not None and webhook.taken_at > began
    if took_others and now - began >= PATIENCE:
        webhooks.end(tx, one.id, one.claimed_until, DeliveryState.REFUSED, answer, now)
    else:
        due_at = now + timedelta(seconds=wait_s(one.attempts + 1))
        if not webhooks.put_off(tx, one.id, one.claimed_until, due_at, answer, now):
            return
    _rest(tx, webhook, answer, now, wait_s)


def _rest(tx: Tx, webhook: Webhook, answer: str, now: datetime, wait_s: Callable[[int], float]) -> None:
    """Several that were sent at once and not taken are one failure of the webhook."""
    if now >= webhook.next_at:
        failures = webhook.failures + 1
        webhooks.rest(tx, webhook.id, failures, now + timedelta(seconds=wait_s(failures)), answer, now)
    is_hopeless = webhook.failing_since is not None and now - webhook.failing_since >= PATIENCE
    if is_hopeless and webhooks.pause(tx, webhook.id, now, is_given_up=True):
        audit.record(tx, now, None, "webhook.given_up", webhook.account_id, subject=webhook.name)


def record_row(one: Activity, mailbox: str) -> dict[str, Any]:
    """A record as a webhook tells it."""
    return _named(one.account_id, one.message_id) | {
        "mailbox": mailbox,
        "thread": encode_id(THREAD, one.thread_id),
        "direction": one.direction.value,
        "at": one.at,
        "subject": one.subject,
        "preview": one.preview,
        "contacts": [{"name": who.name, "email": who.email} for who in one.contacts],
    }


def record_id(account: AccountId, message: MessageId) -> str:
    """What names a record among all."""
    return f"{encode_id(ACCOUNT, account)}-{encode_id(MESSAGE, message)}"


def trial(event: str) -> bytes:
    """What is sent to try a webhook."""
    return msgspec.json.encode({"id": event, "type": "test"})


def _body(tx: ReadTx, one: Delivery) -> bytes | None:
    """None: there is nothing to tell any more."""
    told: dict[str, Any] = {"id": one.event, "type": f"record.{one.kind.value}"}
    if one.kind is RecordEvent.ERASED:
        return msgspec.json.encode(told | {"record": _named(one.account_id, one.message_id)})
    found, account = activities.get(tx, one.account_id, one.message_id), accounts.get(tx, one.account_id)
    if found is None or account is None or one.webhook_id not in webhooks.of_account(tx, one.account_id):
        return None  # or not for this webhook any more, since the mailbox is VIP
    return msgspec.json.encode(told | {"record": record_row(found, account.address)})


def _named(account: AccountId, message: MessageId) -> dict[str, Any]:
    return {
        "id": record_id(account, message),
        "account": encode_id(ACCOUNT, account),
        "message": encode_id(MESSAGE, message),
    }


def _row(webhook: WebhookId) -> str:
    return f"webhooks/{webhook}"
