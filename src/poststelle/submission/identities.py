"""From which addresses a user may send in an account, and under which name. Source: RFC 8621 §6."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from poststelle.access.rights import require
from poststelle.lib.clock import Clock
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, IdentityId, UserId
from poststelle.model.rights import Level
from poststelle.model.submission import Identity
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused
from poststelle.store import accounts, addresses, identity_texts, users
from poststelle.store.accounts import key_of
from poststelle.store.identity_texts import IdentityTexts
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.submission import signing
from poststelle.submission.boilerplate import LONGEST

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_ASK_AGAIN = timedelta(days=1)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = IdentityTexts()
_MOST = {
    "name": 255,
    "text_signature": LONGEST["plain"],
    "html_signature": LONGEST["html"],
    "reply_to": 20,
    "bcc": 20,
}


def list_all(tx: ReadTx, user: UserId, account: AccountId, now: datetime) -> list[Identity]:
    """The account's addresses, its own first, with what the user has of their own for each.

    The mailbox's e-mail name goes before the user's own. Signatures are those of new letters (``signing``).
    """
    require(tx, user, account, Level.READ)
    texts, found = identity_texts.of_user(tx, account, user), known(tx, user, account)
    senders = {one.email: (one.name, texts.get(key_of(one.email), _NOTHING)) for one in found}
    told = signing.told(tx, user, account, senders, now)
    return [
        replace(one, text_signature=told[one.email][0], html_signature=told[one.email][1]) for one in found
    ]


def known(tx: ReadTx, user: UserId, account: AccountId) -> list[Identity]:
    """As ``list_all``, for a right that has been checked, and without signatures."""
    held, person = accounts.get(tx, account), users.get(tx, user)
    shared, own = held.name if held else "", person.name_in_letters if person else ""
    texts = identity_texts.of_user(tx, account, user)
    found = []
    for one in addresses.list_all(tx, account):
        said = texts.get(key_of(one.email), _NOTHING)
        name = shared or said.name or own
        is_named = shared != ""
        found.append(Identity(one.id, name, one.email, is_named, said.reply_to, said.bcc))
    return found


def change(
    tx: Tx, user: UserId, account: AccountId, identity: IdentityId, said: Mapping[str, Any], now: datetime
) -> None:
    """Set what the user has of their own for an address: fields of Identity by name.

    Raises NotAllowed below the level that sends, NotFound, Invalid: ``name`` where the mailbox has one of
    its own, and what is too long; Conflict ``too_many_boilerplates`` for one signature more than may be kept.
    """
    require(tx, user, account, Level.SEND)
    found = next((one for one in list_all(tx, user, account, now) if one.id == identity), None)
    if found is None:
        raise NotFound("no_such_identity", "This address is not one of the mailbox's.")
    if found.is_named_here and said.get("name", found.name) != found.name:
        raise Invalid("name", "name_is_the_mailboxs", "The mailbox has a name of its own, which counts.")
    for field, most in _MOST.items():
        if len(said.get(field) or ()) > most:
            raise Invalid(field, "too_long", "This is too long.")
    before = identity_texts.of_user(tx, account, user).get(key_of(found.email), _NOTHING)
    fields = {k: said[k] for k in ("name", "reply_to", "bcc") if k in said}
    if found.is_named_here:
        fields.pop("name", None)
    after = replace(before, **fields)
    held = (found.text_signature, found.html_signature)
    wanted = (said.get("text_signature", held[0]), said.get("html_signature", held[1]))
    if wanted != held:
        after = signing.keep_told(tx, user, account, found.email, after, *wanted)
    identity_texts.put(tx, account, user, found.email, after)


async def refresh(
    store: Store, open_remote: OpenRemote, clock: Clock, user: UserId, account: AccountId
) -> None:
    """Ask the provider for the addresses when they were not told for a day.

    It is no reason to refuse anything when it can't answer: then the account's own address is known. Where it
    does not tell (a delegate may not read the aliases of a shared mailbox) what is known stays for a day.
    """
    if not await store.read(_is_stale, user, account, clock.now()):
        return
    try:
        remote = await open_remote(account)
        told, at = await remote.addresses(), clock.now()
    except Refused:
        told, at = await store.read(_known_emails, account), clock.now()
    except ProviderError:
        told, at = [], _NEVER
    await store.write(_keep, account, told, at)


def _known_emails(tx: ReadTx, account: AccountId) -> list[str]:
    return [one.email for one in addresses.list_all(tx, account)]


def _is_stale(tx: ReadTx, user: UserId, account: AccountId, now: datetime) -> bool:
    require(tx, user, account, Level.READ)
    held = addresses.list_all(tx, account)
    return not held or held[0].told_at < now - _ASK_AGAIN


def _keep(tx: Tx, account: AccountId, told: Sequence[str], at: datetime) -> None:
    found = accounts.get(tx, account)
    if found is None or (at == _NEVER and addresses.list_all(tx, account)):
        return
    addresses.set_all(tx, account, [found.address, *told], at)
