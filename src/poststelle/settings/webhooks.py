"""Webhooks as administrators set them up: which program is told of activity records, and what came of it.

Everything here needs the right for the settings. A webhook takes names, subjects and first words out of
mailboxes: that there is one is in the audit trail, and those assigned to the mailbox see its name.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key, new_secret
from poststelle.mail import passing_on
from poststelle.mail.passing_on import Target
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, DeliveryId, UserId, WebhookId
from poststelle.model.webhook import Delivery, DeliveryState, RecordEvent, Webhook
from poststelle.push import webhook as wire
from poststelle.push.outbound import NotReached, Outbound
from poststelle.store import accounts, activities, audit, webhooks
from poststelle.store.tx import ReadTx, Store, Tx

MOST = 20
LONGEST_NAME = 100
SHOWN = 50
"""Of the last deliveries."""


@dataclass(frozen=True, slots=True)
class WebhookSheet:
    """What the settings pages show of one. ``url`` None: its key is gone. ``has_former``: two secrets sign.

    ``waiting`` events are still to be sent, ``refused`` were given up.
    """

    webhook: Webhook
    url: str | None
    has_former: bool
    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is None stays as it is."""

    name: str | None = None
    url: str | None = None
    is_paused: bool | None = None


def sheets(tx: ReadTx, by: UserId, ring: KeyRing) -> list[WebhookSheet]:
    """All, by name."""
    require_settings(tx, by)
    return [_sheet(tx, one, ring) for one in webhooks.list_all(tx)]


def sheet(tx: ReadTx, by: UserId, id_: WebhookId, ring: KeyRing) -> WebhookSheet:
    """Raises NotFound."""
    require_settings(tx, by)
    return _sheet(tx, _existing(tx, id_), ring)


def add(
    tx: Tx, by: UserId, name: str, url: str, account: AccountId | None, *, ring: KeyRing, now: datetime
) -> tuple[WebhookId, str]:
    """A new one, and the secret that signs what it is sent: it is told this once.

    ``url`` was checked by ``Outbound.check``. ``account`` None: of all mailboxes, those to come, too. Raises
    Invalid, NotFound ``no_such_account``, Conflict ``too_many_webhooks``.
    """
    require_settings(tx, by)
    name = _checked_name(name)
    if account is not None and accounts.get(tx, account) is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    if len(webhooks.list_all(tx)) >= MOST:
        raise Conflict("too_many_webhooks", f"There may be {MOST} webhooks; remove one first.", limit=MOST)
    id_, secret = webhooks.reserve_id(tx), new_secret()
    sealed = passing_on.seal(ring, id_, Target(url, secret))
    if not webhooks.insert(tx, id_, account, name, sealed, now):
        raise _taken(name)
    audit.record(tx, now, by, "webhook.created", account, subject=name, host=_host(url))
    return id_, secret


def change(tx: Tx, by: UserId, id_: WebhookId, wanted: Change, *, ring: KeyRing, now: datetime) -> None:
    """Rename it, send elsewhere, pause or resume it. Raises as ``add``, and NotFound.

    To resume is to send all that has gathered, at once.
    """
    require_settings(tx, by)
    found = _existing(tx, id_)
    if wanted.name is not None and (name := _checked_name(wanted.name)) != found.name:
        if not webhooks.rename(tx, id_, name):
            raise _taken(name)
        audit.record(tx, now, by, "webhook.changed", found.account_id, subject=name, before=found.name)
        found = replace(found, name=name)
    if wanted.url is not None:
        _move(tx, by, found, wanted.url, ring, now)
    if wanted.is_paused is True and webhooks.pause(tx, id_, now, is_given_up=False):
        audit.record(tx, now, by, "webhook.paused", found.account_id, subject=found.name)
    if wanted.is_paused is False and found.paused_at is not None:
        webhooks.begin_anew(tx, id_)
        audit.record(tx, now, by, "webhook.resumed", found.account_id, subject=found.name)


def renew_secret(tx: Tx, by: UserId, id_: WebhookId, *, ring: KeyRing, now: datetime) -> str:
    """A new secret, told this once; the one before signs, too, until ``end_former``."""
    require_settings(tx, by)
    found = _existing(tx, id_)
    target, fresh = _target(found, ring), new_secret()
    _keep(tx, id_, Target(target.url, fresh, target.secret), ring)
    audit.record(tx, now, by, "webhook.secret_renewed", found.account_id, subject=found.name)
    return fresh


def end_former(tx: Tx, by: UserId, id_: WebhookId, *, ring: KeyRing, now: datetime) -> None:
    """The secret before the present one signs no more. Ending it twice changes nothing."""
    require_settings(tx, by)
    found = _existing(tx, id_)
    target = _target(found, ring)
    if target.former is not None:
        _keep(tx, id_, Target(target.url, target.secret), ring)
        audit.record(tx, now, by, "webhook.former_secret_ended", found.account_id, subject=found.name)


def remove(tx: Tx, by: UserId, id_: WebhookId, now: datetime) -> None:
    """Tell it nothing more, not what waits either."""
    require_settings(tx, by)
    found = _existing(tx, id_)
    webhooks.destroy(tx, id_)
    audit.record(tx, now, by, "webhook.removed", found.account_id, subject=found.name)


def deliveries(tx: ReadTx, by: UserId, id_: WebhookId) -> list[Delivery]:
    """What was sent last, taken or not; the last attempt first."""
    require_settings(tx, by)
    _existing(tx, id_)
    return webhooks.tried(tx, id_, SHOWN)


def send_again(tx: Tx, by: UserId, id_: WebhookId, delivery: DeliveryId, now: datetime) -> Delivery:
    """Send it now, once more where it was taken already; it keeps its id.

    Conflict ``record_erased``: there is nothing to tell any more; ``on_its_way``.
    """
    require_settings(tx, by)
    found, one = _existing(tx, id_), _delivery(tx, id_, delivery, now)
    record = activities.get(tx, one.account_id, one.message_id)
    if record is None and one.kind is not RecordEvent.ERASED:
        raise Conflict("record_erased", "The activity record is not there any more.")
    contacts = () if record is None else record.contacts
    webhooks.reopen(tx, one, [accounts.key_of(who.email) for who in contacts], now)
    if found.paused_at is None:
        webhooks.begin_anew(tx, id_)
    audit.record(tx, now, by, "webhook.sent_again", found.account_id, subject=found.name, event=one.event)
    return _delivery(tx, id_, delivery, now)


def drop(tx: Tx, by: UserId, id_: WebhookId, delivery: DeliveryId, now: datetime) -> Delivery:
    """Do not send it any more. Dropping what has ended changes nothing. Conflict ``on_its_way``."""
    require_settings(tx, by)
    found, one = _existing(tx, id_), _delivery(tx, id_, delivery, now)
    if webhooks.drop(tx, one.id, now):
        audit.record(tx, now, by, "webhook.dropped", found.account_id, subject=found.name, event=one.event)
    return _delivery(tx, id_, delivery, now)


async def try_out(
    store: Store, by: UserId, id_: WebhookId, *, ring: KeyRing, outbound: Outbound, clock: Clock
) -> tuple[bool, str]:
    """Send a trial now, paused or not; whether it was taken, and what was answered."""
    target = await store.read(_target_of, by, id_, ring)
    body = passing_on.trial(new_key())
    try:
        return True, await wire.post(outbound, target.url, body, target.secrets, clock.now())
    except NotReached as problem:
        return False, problem.reason


def _target_of(tx: ReadTx, by: UserId, id_: WebhookId, ring: KeyRing) -> Target:
    require_settings(tx, by)
    return _target(_existing(tx, id_), ring)


def _move(tx: Tx, by: UserId, found: Webhook, url: str, ring: KeyRing, now: datetime) -> None:
    target = _target(found, ring)
    if url == target.url:
        return
    _keep(tx, found.id, msgspec.structs.replace(target, url=url), ring)
    if found.paused_at is None:
        webhooks.begin_anew(tx, found.id)
    before, after = _host(target.url), _host(url)
    audit.record(
        tx, now, by, "webhook.moved", found.account_id, subject=found.name, before=before, after=after
    )


def _keep(tx: Tx, id_: WebhookId, target: Target, ring: KeyRing) -> None:
    webhooks.set_sealed(tx, id_, passing_on.seal(ring, id_, target))


def _target(found: Webhook, ring: KeyRing) -> Target:
    try:
        return passing_on.target(ring, found)
    except CannotOpen as problem:
        message = (
            "This server has no key that opens its secret, and tries again by itself. "
            "Where the key is lost for good, remove the webhook and add it anew."
        )
        raise Conflict("webhook_unreadable", message) from problem


def _sheet(tx: ReadTx, one: Webhook, ring: KeyRing) -> WebhookSheet:
    refused = webhooks.refused(tx, one.id)
    try:
        target: Target | None = passing_on.target(ring, one)
    except CannotOpen:
        target = None
    return WebhookSheet(
        webhook=one,
        url=None if target is None else target.url,
        has_former=target is not None and target.former is not None,
        waiting=webhooks.waiting(tx, one.id),
        refused=0 if refused is None else refused.total,
    )


def _existing(tx: ReadTx, id_: WebhookId) -> Webhook:
    found = webhooks.get(tx, id_)
    if found is None:
        raise NotFound("no_such_webhook", "There is no such webhook.")
    return found


def _delivery(tx: ReadTx, id_: WebhookId, delivery: DeliveryId, now: datetime) -> Delivery:
    found = webhooks.delivery(tx, id_, delivery)
    if found is None:
        raise NotFound("no_such_delivery", "There is no such delivery.")
    if found.state is DeliveryState.WAITING and found.claimed_until > now:
        raise Conflict("on_its_way", "It is being sent at this moment.")
    return found


def _checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("name", "name_missing", "Enter a name, such as CRM.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"A name has at most {LONGEST_NAME} characters, all of them printable."
        raise Invalid("name", "name_too_long", message, limit=LONGEST_NAME)
    return name


def _taken(name: str) -> Invalid:
    return Invalid("name", "name_in_use", f"There is a webhook called {name} already.")


def _host(url: str) -> str:
    """What is told of an address: its path may be a secret."""
    return urlsplit(url).netloc
