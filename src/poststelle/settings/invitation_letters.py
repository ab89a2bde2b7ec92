"""The letter that takes an invitation to who is invited, from one of the mailboxes. German and English.

It lets in whoever reads it, and the mailbox is shared: no copy stays there. Nor does it go for who may use
the settings: should it come back undelivered, a colleague who may read mail would become an administrator.
Nor to a mailbox that people are assigned to here.
"""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import encode_id
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import USER, AccountId, UserId
from poststelle.model.message import Address
from poststelle.model.user import User
from poststelle.providers.errors import ProviderError
from poststelle.providers.post import SecretLetter
from poststelle.settings.at_provider import OpenRemote
from poststelle.store import accounts, audit
from poststelle.store.tx import ReadTx, Store, Tx

_SUBJECT = {"de": "Ihr Zugang zu Poststelle", "en": "Your access to Poststelle"}
_TEXT = {
    "de": (
        "Guten Tag {name},\n\n"
        "{by} hat für Sie einen Zugang zu Poststelle eingerichtet. Ihr Anmeldename ist: {login}\n\n"
        "Öffnen Sie diesen Link und wählen Sie Ihr Passwort:\n\n{link}\n\n"
        "Der Link gilt bis {day} und nur einmal. Geben Sie ihn nicht weiter.\n"
        "Haben Sie nicht damit gerechnet? Dann tun Sie nichts, und fragen Sie {by}.\n"
    ),
    "en": (
        "Hello {name},\n\n"
        "{by} has set up access to Poststelle for you. Your login name is: {login}\n\n"
        "Open this link and choose your password:\n\n{link}\n\n"
        "The link is good until {day}, and only once. Do not pass it on.\n"
        "You did not expect this? Then do nothing, and ask {by}.\n"
    ),
}
_DAY = {"de": "%d.%m.%Y %H:%M UTC", "en": "%Y-%m-%d %H:%M UTC"}


@dataclass(frozen=True, slots=True)
class Postman:
    """What sending a letter needs."""

    store: Store
    ring: KeyRing
    clock: Clock
    open_remote: OpenRemote


@dataclass(frozen=True, slots=True)
class Letter:
    """Whom to write what from where; ``by`` is who invites."""

    mailbox: AccountId
    language: str
    by: User
    to: User
    link: str
    expires_at: datetime


def check(tx: ReadTx, by: UserId, mailbox: AccountId, user: User) -> None:
    """Before the link is made: whether it can be sent from there.

    Raises NotAllowed, NotFound ``no_such_account``, Invalid ``not_external`` (an internal mailbox sends
    nothing), ``email_missing`` (the person has no address), ``hand_on_yourself`` (for who may use the
    settings), ``address_is_mailbox`` (others are assigned to it, or may be).
    """
    require_settings(tx, by)
    found = accounts.get(tx, mailbox)
    if found is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    if found.is_internal:
        raise Invalid("mailbox", "not_external", "An internal mailbox sends no mail.")
    if user.may_settings:
        raise Invalid(
            "mailbox", "hand_on_yourself", "Hand on an administrator's link yourself: mailboxes are shared."
        )
    if not user.email:
        raise Invalid("email", "email_missing", "There is no address to write to this person.")
    if accounts.has_address(tx, user.email):
        raise Invalid(
            "mailbox",
            "address_is_mailbox",
            f"{user.email} is a mailbox here: whoever is assigned to it could use the link."
            " Hand it on yourself.",
        )


async def send(postman: Postman, letter: Letter) -> str | None:
    """None: Microsoft took it; else a code for why not. The audit trail keeps that it went."""
    to = Address(letter.to.name, letter.to.email)
    mail = SecretLetter(to, _SUBJECT[letter.language], _text(letter))
    try:
        remote = await postman.open_remote(letter.mailbox)
        await remote.send_secret(mail)
    except ProviderError as error:
        return error.code
    await postman.store.write(_record, letter, postman.clock.now())
    return None


def _text(letter: Letter) -> str:
    day = letter.expires_at.strftime(_DAY[letter.language])
    return _TEXT[letter.language].format(
        name=letter.to.name, by=letter.by.name, login=letter.to.login, link=letter.link, day=day
    )


def _record(tx: Tx, letter: Letter, now: datetime) -> None:
    whom = encode_id(USER, letter.to.id)
    subject = letter.to.label
    audit.record(tx, now, letter.by.id, "invitation.mailed", letter.mailbox, subject=subject, whom=whom)
