"""The automatic reply of a mailbox, which the provider keeps and sends. Nothing of it is stored here."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any

from poststelle.mime.html_text import lines_of, shows_nothing
from poststelle.model.errors import Invalid
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError
from poststelle.providers.replies import Audience, AutomaticReply
from poststelle.settings.at_provider import ProviderDesk, told
from poststelle.store import audit
from poststelle.store.tx import Tx

_WHAT = "automatic reply"
MOST_TEXT = 100_000
"""Characters. Microsoft's own limit is not documented."""


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


async def get(desk: ProviderDesk, user: UserId, account: AccountId) -> AutomaticReply:
    """As the provider has it now, for who reads the mailbox.

    Raises NotFound as ever, Conflict ``not_offered`` (a delegate may not ask for that of a shared
    mailbox), ``not_connected`` without a sign-in, ``not_at_microsoft`` while it does not answer.
    """
    await desk.store.read(desk.gate, user, account, Level.READ)
    try:
        return await (await desk.open_remote(account)).automatic_reply()
    except ProviderError as error:
        raise told(error, _WHAT) from error


async def change(
    desk: ProviderDesk, user: UserId, account: AccountId, before: AutomaticReply, patch: ReplyPatch
) -> AutomaticReply:
    """Change it at the provider; ``before`` is what ``get`` has just said. Who may send from the mailbox may.

    Raises as ``get`` does, and Invalid, NotAllowed.
    """
    await desk.store.read(desk.gate, user, account, Level.SEND)
    _check_length(patch.html, patch.text_field)
    text_field = patch.text_field if "html" in patch.given else "isEnabled"
    if not patch.given:
        return before
    after = _patched(before, patch)
    return await _set(desk, user, account, before, after, text_field=text_field, end_field="toDate")


async def replace_whole(
    desk: ProviderDesk, user: UserId, account: AccountId, wanted: AutomaticReply
) -> AutomaticReply:
    """Set it at the provider, both texts and all; what it has then. Raises as ``change`` does."""
    await desk.store.read(desk.gate, user, account, Level.SEND)
    _check_length(wanted.internal, "internal")
    _check_length(wanted.external, "external")
    before = await get(desk, user, account)
    wanted = _without_idle_time(wanted)
    after = await _set(desk, user, account, before, wanted, text_field="internal", end_field="to")
    return after if after == before else await get(desk, user, account)


async def _set(
    desk: ProviderDesk,
    user: UserId,
    account: AccountId,
    before: AutomaticReply,
    after: AutomaticReply,
    *,
    text_field: str,
    end_field: str,
) -> AutomaticReply:
    _check_window(after, desk.clock.now(), end_field)
    if after.is_enabled and await asyncio.to_thread(_says_nothing, after):
        raise Invalid(text_field, "empty_text", "An automatic reply that is enabled has a text.")
    if after == before:
        return after
    try:
        await (await desk.open_remote(account)).set_automatic_reply(after)
    except ProviderError as error:
        raise told(error, _WHAT) from error
    await desk.store.write(_record, user, account, before, after, desk.clock.now())
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


def _check_length(html: str, field: str) -> None:
    if len(html) > MOST_TEXT:
        raise _too_long(field)


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
    return _without_idle_time(after)


def _without_idle_time(reply: AutomaticReply) -> AutomaticReply:
    """The provider keeps no time for one that is off."""
    return reply if reply.is_enabled else replace(reply, from_=None, to=None)


def _check_window(reply: AutomaticReply, now: datetime, field: str) -> None:
    if not reply.is_enabled:
        return
    if reply.from_ is not None and reply.to is not None and reply.to <= reply.from_:
        raise Invalid(field, "invalid_time", "It must end after it begins.")
    if reply.to is not None and reply.to <= now:
        raise Invalid(field, "invalid_time", "It must end in the future.")


def _says_nothing(reply: AutomaticReply) -> bool:
    """Whether everybody who writes would get an empty reply, however that is written."""
    outside = "" if reply.audience is Audience.NONE else reply.external
    return shows_nothing(reply.internal) and shows_nothing(outside)


def _record(
    tx: Tx, user: UserId, account: AccountId, before: AutomaticReply, after: AutomaticReply, now: datetime
) -> None:
    """Its time and whom it answers; its texts are nobody's business here."""
    audit.record(
        tx,
        now,
        user,
        "account.reply_changed",
        account,
        before=_said(before),
        after=_said(after),
        has_other_text=(before.internal, before.external) != (after.internal, after.external),
    )


def _said(reply: AutomaticReply) -> dict[str, Any]:
    return {
        "is_enabled": reply.is_enabled,
        "from": reply.from_,
        "to": reply.to,
        "audience": reply.audience.value,
    }
