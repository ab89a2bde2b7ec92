"""The event stream: ``StateChange`` objects as changes are committed. Source: RFC 8620 §7.3."""

import time
from collections.abc import AsyncIterator, Collection

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import MAX_STREAMS
from poststelle.mail import query
from poststelle.model.change import ChangeType, Published
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.push.hub import Hub, Listener
from poststelle.store.tx import ReadTx

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_IDLE_S = 55.0  # a comment line now and then finds out that a browser has gone
_GATHER_S = 0.25
_SHORTEST_PING_S = 5
_LONGEST_PING_S = 900


async def event_source(context: JmapContext, request: Request) -> StreamingResponse:
    """``GET /jmap/eventsource?types=…&closeafter=…&ping=…``; ends when the caller's rights or login do.

    What makes no sense is as if it were left out: a browser gives up a stream for ever that does not begin.
    """
    caller = await context.authenticate(request)
    types = _wanted_types(request.query_params.get("types", "*"))
    is_closed = request.query_params.get("closeafter") == "state"
    ping_s = _ping_interval(request.query_params.get("ping", ""))
    if caller.is_program and context.hub.count_programs(caller.user_id) >= MAX_STREAMS:
        raise RequestError("limit", "Too many open event streams.", 429, limit="eventStreams")
    # Listen before reading the grants: a grant that goes in between then still ends this stream.
    listener = context.hub.subscribe(caller.user_id, (), caller.login_key, is_program=caller.is_program)
    stream = _stream(context, caller, listener, types, is_closed, ping_s)
    return _EventStream(context.hub, listener, stream)


class _EventStream(StreamingResponse):
    """Takes the listener back in the end, also from a client that left before the stream began."""

    def __init__(self, hub: Hub, listener: Listener, stream: AsyncIterator[bytes]) -> None:
        super().__init__(stream, media_type="text/event-stream", headers=_HEADERS)
        self._hub, self._listener = hub, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.unsubscribe(self._listener)


async def _stream(
    context: JmapContext,
    caller: Caller,
    listener: Listener,
    types: Collection[ChangeType],
    is_closed_after_state: bool,
    ping_s: int | None,
) -> AsyncIterator[bytes]:
    listener.accounts = await caller.store.read(_accounts, caller.user_id)
    context.listened(listener.accounts)
    yield b": listening\n\n"
    quiet_s, told_at = ping_s or _IDLE_S, time.monotonic()
    while True:
        # What this client did not ask for must not hold its ping back.
        published = await listener.next(max(0.0, told_at + quiet_s - time.monotonic()))
        if listener.is_revoked or not await context.is_logged_in(caller):
            yield b"event: revoked\ndata: {}\n\n"
            return
        changed = await caller.store.read(_states, caller.user_id, published, types) if published else {}
        if changed:
            yield _event("state", {"@type": "StateChange", "changed": changed})
            if is_closed_after_state:
                return
            # While a mailbox is read for the first time pages are stored faster than anybody can see, and
            # each word of it makes a browser ask for more.
            await listener.rest(_GATHER_S)
            told_at = time.monotonic()
        elif time.monotonic() - told_at >= quiet_s:
            yield _event("ping", {"interval": ping_s}) if ping_s else b": still here\n\n"
            told_at = time.monotonic()


def _accounts(tx: ReadTx, user: UserId) -> frozenset[AccountId]:
    return frozenset(account.id for account, _level in query.accounts(tx, user))


def _states(
    tx: ReadTx, user: UserId, published: list[Published], types: Collection[ChangeType]
) -> dict[str, dict[str, str]]:
    changed: dict[str, dict[str, str]] = {}
    for change in published:
        wanted = [t for t in change.modseqs if t in types]
        try:
            told = {t.value: query.state(tx, user, change.account_id, t) for t in wanted}
        except NotFound:  # the grant went a moment ago; the stream is about to end
            continue
        if told:
            changed[account_text(change.account_id)] = told
    return changed


def _wanted_types(text: str) -> frozenset[ChangeType]:
    """Types we do not know can't change, so they are no error."""
    if text == "*":
        return frozenset(ChangeType)
    names = set(text.split(","))
    return frozenset(t for t in ChangeType if t.value in names)


def _ping_interval(text: str) -> int | None:
    """Seconds between pings, None for none; ours may differ from what was asked (RFC 8620 §7.3)."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    seconds = int(text)
    return min(max(seconds, _SHORTEST_PING_S), _LONGEST_PING_S) if seconds else None


def _event(name: str, data: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
