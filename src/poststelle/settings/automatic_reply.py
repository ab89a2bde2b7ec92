"""The automatic reply of a mailbox, which the provider keeps and sends. Nothing of it is stored here."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from poststelle.access.rights import require
from poststelle.lib.clock import Clock
from poststelle.mime.html_text import lines_of, shows_nothing
from poststelle.model.errors import Conflict, Invalid
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused
from poststelle.providers.replies import Audience, AutomaticReply
from poststelle.store import audit
from poststelle.store.tx import ReadTx, Store, Tx

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
MOST_TEXT = 100_000
"""Characters. Microsoft's own limit is not documented."""


@dataclass(frozen=True, slots=True)
class ReplyDesk:
    """What asking and telling the provider needs."""

    store: Store
    open_remote: OpenRemote
    clock: Clock


@dataclass(frozen=True, slots=True)
class ReplyPatch:
    """What to change; a field that is not in ``given`` stays. ``html`` goes to everybody who gets a reply.

    ``text_field``: what the text was given as, for who is told that it can't be set.
    """

    given: frozenset[str]
    is_enabled: bool = False
    from_: datetime | None = None
    to: datetime | None = None
    html: str = ""
    text_field: str = "htmlBody"


async def get(desk: ReplyDesk, user: UserId, account: AccountId) -> AutomaticReply:
    """As the provider has it now.

    Raises NotFound as ever, Conflict ``not_offered`` (a delegate may not ask for that of a shared
    mailbox), ``not_at_microsoft`` while it does not answer.
    """
    await desk.store.read(_require, user, account, Level.READ)
    try:
        return await (await desk.open_remote(account)).automatic_reply()
    except ProviderError as error:
        raise _told(error) from error


async def change(
    desk: ReplyDesk, user: UserId, account: AccountId, before: AutomaticReply, patch: ReplyPatch
) -> AutomaticReply:
    """Set it at the provider; ``before`` is what ``get`` has just said. Who may send from the mailbox may.

    Raises as ``get`` does, and Invalid, NotAllowed.
    """
    await desk.store.read(_require, user, account, Level.SEND)
    _check(patch)
    after = _patched(before, patch)
    _check_window(after, desk.clock.now())
    if after.is_enabled and patch.given and await asyncio.to_thread(_says_nothing, after):
        field = patch.text_field if "html" in patch.given else "isEnabled"
        raise Invalid(field, "empty_text", "An automatic reply that is enabled has a text.")
    if after == before:
        return after
    try:
        await (await desk.open_remote(account)).set_automatic_reply(after)
    except ProviderError as error:
        raise _told(error) from error
    await desk.store.write(_record, user, account, desk.clock.now(), is_enabled=after.is_enabled)
    return after


def html_of(text: str) -> str:
    """Plain text as the provider wants it. Raises Invalid for a longer one than can be set."""
    if len(text) > MOST_TEXT:
        raise _too_long("textBody")
    return "<br>\n".join(escape(line, quote=False) for line in text.splitlines())


async def text_of(html: str) -> str:
    """The reply in lines, for who shows no HTML: set as it is told, it is told as it was.

    Read in a thread: Microsoft's answer may be of any size.
    """
    return await asyncio.to_thread(lines_of, html)


def _require(tx: ReadTx, user: UserId, account: AccountId, level: Level) -> None:
    require(tx, user, account, level)


def _check(patch: ReplyPatch) -> None:
    if len(patch.html) > MOST_TEXT:
        raise _too_long(patch.text_field)


def _too_long(field: str) -> Invalid:
    return Invalid(field, "too_long", f"At most {MOST_TEXT} characters.", limit=MOST_TEXT)


def _patched(before: AutomaticReply, patch: ReplyPatch) -> AutomaticReply:
    after = before
    if "is_enabled" in patch.given:
        after = replace(after, is_enabled=patch.is_enabled)
    if "from_" in patch.given:
        after = replace(after, from_=patch.from_)
    if "to" in patch.given:
        after = replace(after, to=patch.to)
    if "html" in patch.given:
        after = replace(after, internal=patch.html, external=patch.html)
    if not after.is_enabled:  # the provider keeps no time for it then
        after = replace(after, from_=None, to=None)
    return after


def _check_window(reply: AutomaticReply, now: datetime) -> None:
    if not reply.is_enabled:
        return
    if reply.from_ is not None and reply.to is not None and reply.to <= reply.from_:
        raise Invalid("toDate", "invalid_time", "It must end after it begins.")
    if reply.to is not None and reply.to <= now:
        raise Invalid("toDate", "invalid_time", "It must end in the future.")


def _says_nothing(reply: AutomaticReply) -> bool:
    """Whether everybody who writes would get an empty reply, however that is written."""
    outside = "" if reply.audience is Audience.NONE else reply.external
    return shows_nothing(reply.internal) and shows_nothing(outside)


def _record(tx: Tx, user: UserId, account: AccountId, now: datetime, *, is_enabled: bool) -> None:
    audit.record(tx, now, user, "account.reply_changed", account, is_enabled=is_enabled)


def _told(error: ProviderError) -> Conflict:
    if isinstance(error, Refused):
        return Conflict("not_offered", "Microsoft does not let this sign-in see or set the automatic reply.")
    return Conflict("not_at_microsoft", "Microsoft cannot be asked just now; try again later.")
