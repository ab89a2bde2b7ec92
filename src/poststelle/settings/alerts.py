"""How administrators are told, outside the page, of what needs a person: by mail, by a webhook, or both."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import new_secret
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import change
from poststelle.settings.address import check_address, comparable
from poststelle.settings.schema import (
    ALERT_LANGUAGE,
    ALERT_MAILBOX,
    ALERT_SECRET,
    ALERT_TO,
    ALERT_URL,
    Setting,
)
from poststelle.store import accounts
from poststelle.store.tx import ReadTx, Tx

MOST_ADDRESSES = 20
LANGUAGES = ("de", "en")


@dataclass(frozen=True, slots=True)
class Channels:
    """``mailbox`` None, or no ``to``: no mail; ``webhook_url`` None: no webhook."""

    mailbox: AccountId | None
    to: tuple[str, ...]
    language: str
    webhook_url: str | None

    @property
    def has_mail(self) -> bool:
        return self.mailbox is not None and bool(self.to)


def show(tx: ReadTx, by: UserId, ring: KeyRing) -> Channels:
    """Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    return channels(tx, ring)


def channels(tx: ReadTx, ring: KeyRing) -> Channels:
    """As ``show``, for our own program. A mailbox that is gone is none."""
    number, to = change.read(tx, ring, ALERT_MAILBOX), change.read(tx, ring, ALERT_TO)
    mailbox = None if number is None else AccountId(int(number))
    if mailbox is not None and accounts.get(tx, mailbox) is None:
        mailbox = None
    language = change.read(tx, ring, ALERT_LANGUAGE)
    return Channels(mailbox, tuple((to or "").split()), language, change.read(tx, ring, ALERT_URL))


def secret(tx: ReadTx, ring: KeyRing) -> str:
    """What signs webhooks; empty while there is none."""
    return change.read(tx, ring, ALERT_SECRET) or ""


def save(
    tx: Tx, by: Asker, wanted: Channels, *, wants_secret: bool, ring: KeyRing, now: datetime
) -> str | None:
    """Keep them; the secret that signs webhooks, where a new one was made: it is told this once.

    One is made with the first address, and when it is wanted. Raises NotAllowed, NotFound
    ``no_such_account``, Invalid ``not_external`` (an internal mailbox sends nothing), ``invalid_address``,
    ``too_many_people``, ``members_missing`` (a mailbox, and nobody to write to). As ``require_proof`` where
    somebody who is told now would not be any more.
    """
    require_settings(tx, by.user)
    to = _checked_people(wanted)
    _check_mailbox(tx, wanted.mailbox)
    before = channels(tx, ring)
    has_new_secret = wanted.webhook_url is not None and (wants_secret or not secret(tx, ring))
    if is_for_fewer(before, wanted) or (has_new_secret and before.webhook_url is not None):
        require_proof(by)
    after: list[tuple[Setting, str | None, str | None]] = [
        (ALERT_MAILBOX, _number(before.mailbox), _number(wanted.mailbox)),
        (ALERT_TO, "\n".join(before.to) or None, "\n".join(to) or None),
        (ALERT_LANGUAGE, before.language, wanted.language),
        (ALERT_URL, before.webhook_url, wanted.webhook_url),
    ]
    for setting, old, new in after:
        if old != new:
            change.write(tx, ring, setting, new, by=by.user, now=now)
    if not has_new_secret:
        return None
    fresh = new_secret()
    change.write(tx, ring, ALERT_SECRET, fresh, by=by.user, now=now)
    return fresh


def is_for_fewer(before: Channels, wanted: Channels) -> bool:
    """Whether somebody who was told is not told any more, or from elsewhere: a webhook, a person, and by the
    mailbox that alerts come from all of them."""
    if before.webhook_url is not None and wanted.webhook_url != before.webhook_url:
        return True
    if not before.has_mail:
        return False
    kept = {comparable(one) for one in wanted.to}
    return wanted.mailbox != before.mailbox or any(comparable(one) not in kept for one in before.to)


def require_sender_kept(tx: ReadTx, by: Asker, account: AccountId) -> None:
    """Raises as ``require_proof`` where alerts come from this mailbox: who disconnects or deletes it, or
    takes its last sign-in, keeps from being told whoever is told by mail. One that is inactive still sends.
    """
    if change.plain(tx, ALERT_MAILBOX) == _number(account) and change.plain(tx, ALERT_TO):
        require_proof(by)


def _checked_people(wanted: Channels) -> list[str]:
    to = [check_address(text, "mail_to") for text in wanted.to]
    if len(to) > MOST_ADDRESSES:
        message = f"At most {MOST_ADDRESSES} addresses."
        raise Invalid("mail_to", "too_many_people", message, limit=MOST_ADDRESSES)
    if wanted.mailbox is not None and not to:
        raise Invalid("mail_to", "members_missing", "Enter whom alerts are sent to.")
    return to


def _check_mailbox(tx: ReadTx, mailbox: AccountId | None) -> None:
    if mailbox is None:
        return
    found = accounts.get(tx, mailbox)
    if found is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    if found.is_internal:
        raise Invalid("mailbox", "not_external", "An internal mailbox sends no mail.")


def _number(mailbox: AccountId | None) -> str | None:
    return None if mailbox is None else str(mailbox)
