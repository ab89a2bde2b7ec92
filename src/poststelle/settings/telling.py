"""Telling administrators by the channels that are set: a letter from one of the mailboxes, a webhook."""

from dataclasses import dataclass
from typing import Any

import msgspec

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import encode_id, new_key
from poststelle.mime import plain
from poststelle.mime.build import LongLine
from poststelle.mime.plain import PlainLetter
from poststelle.model.ids import ACCOUNT, AccountId, UserId
from poststelle.model.message import Address
from poststelle.providers.errors import ProviderError
from poststelle.push import webhook
from poststelle.push.outbound import NotReached, Outbound
from poststelle.settings import alert_words, alerts
from poststelle.settings.alert_words import Said
from poststelle.settings.alerts import Channels
from poststelle.settings.at_provider import OpenRemote
from poststelle.settings.warnings import Warned
from poststelle.store import accounts
from poststelle.store.tx import ReadTx, Store

SENDER_NAME = "Poststelle"


@dataclass(frozen=True, slots=True)
class Herald:
    """What telling needs. ``page`` is where administrators see more."""

    store: Store
    ring: KeyRing
    clock: Clock
    open_remote: OpenRemote
    outbound: Outbound
    page: str


@dataclass(frozen=True, slots=True)
class Told:
    """What became of each channel: None: it took it, ``not_set``, or a code for why it did not."""

    mail: str | None
    webhook: str | None

    @property
    def reached_somebody(self) -> bool:
        return self.mail is None or self.webhook is None


NOT_SET = "not_set"


@dataclass(frozen=True, slots=True)
class News:
    """``over`` was told before, and is no more."""

    begun: tuple[Warned, ...]
    over: tuple[Warned, ...]


async def tell(herald: Herald, news: News) -> Told:
    """Tell what has begun and what is over, once by each channel."""
    channels = await herald.store.read(alerts.channels, herald.ring)
    begun, over = (
        [alert_words.sentence(one, channels.language) for one in some] for some in (news.begun, news.over)
    )
    said = alert_words.news(begun, over, channels.language, herald.page)
    return await _tell(herald, channels, said, _body(herald, "trouble", news, begun, over))


async def try_out(herald: Herald, by: UserId) -> Told:
    """The same with a letter that says it is a trial. Raises NotAllowed without the right to the settings."""
    await herald.store.read(require_settings, by)
    channels = await herald.store.read(alerts.channels, herald.ring)
    said = alert_words.trial(channels.language, herald.page, herald.clock.now())
    return await _tell(herald, channels, said, _body(herald, "test", News((), ()), [], []))


async def _tell(herald: Herald, channels: Channels, said: Said, body: bytes) -> Told:
    return Told(await _write(herald, channels, said), await _post(herald, channels, body))


async def _write(herald: Herald, channels: Channels, said: Said) -> str | None:
    if channels.mailbox is None or not channels.to:
        return NOT_SET
    sender = await herald.store.read(_address, channels.mailbox)
    letter = PlainLetter(
        from_=Address(SENDER_NAME, sender),
        to=[Address("", one) for one in channels.to],
        subject=said.subject,
        text=said.text,
        key=new_key(),
        at=herald.clock.now(),
    )
    try:
        remote = await herald.open_remote(channels.mailbox)
        await remote.send_mime(plain.octets(letter))
    except (ProviderError, LongLine) as error:
        return error.code if isinstance(error, ProviderError) else "too_long"
    return None


async def _post(herald: Herald, channels: Channels, body: bytes) -> str | None:
    if channels.webhook_url is None:
        return NOT_SET
    secret = await herald.store.read(alerts.secret, herald.ring)
    try:
        await webhook.post(herald.outbound, channels.webhook_url, body, [secret], herald.clock.now())
    except NotReached as error:
        return error.reason
    return None


def _body(herald: Herald, event: str, news: News, begun: list[str], over: list[str]) -> bytes:
    """``text`` is what chat servers show of a webhook."""
    told = {
        "event": event,
        "at": herald.clock.now(),
        "text": "\n".join([*begun, *over]) or "Poststelle",
        "troubles": [_told(one, line) for one, line in zip(news.begun, begun, strict=True)],
        "over": [_told(one, line) for one, line in zip(news.over, over, strict=True)],
        "page": herald.page,
    }
    return msgspec.json.encode(told)


def _told(one: Warned, line: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "account": None if one.account is None else encode_id(ACCOUNT, one.account),
        "address": one.address,
        "since": one.at,
        "code": one.code,
        "text": line,
    }


def _address(tx: ReadTx, account: AccountId) -> str:
    found = accounts.get(tx, account)
    return found.address if found else ""
