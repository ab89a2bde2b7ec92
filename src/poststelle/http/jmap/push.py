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
from poststelle.http.jmap.push_state import Told, push_state, told_by
from poststelle.mail import state_changes
from poststelle.mail.state_changes import States
from poststelle.model.change import ChangeType
from poststelle.push.hub import Hub, Listener

EVENT_SOURCE = "/jmap/eventsource"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_IDLE_S = 55.0  # a comment line now and then finds out that a browser has gone
_GATHER_S = 0.25
_SHORTEST_PING_S = 5
_LONGEST_PING_S = 900


async def event_source(context: JmapContext, request: Request) -> StreamingResponse:
    """``GET /jmap/eventsource?types=…&closeafter=…&ping=…``; ends when the caller's rights or login do.

    What makes no sense is as if it were left out: a browser gives up a stream for ever that does not begin.
    With ``Last-Event-ID`` it begins with what was missed since that event.
    """
    caller = await context.authenticate(request)
    types = _wanted_types(request.query_params.get("types", "*"))
    is_closed = request.query_params.get("closeafter") == "state"
    ping_s = _ping_interval(request.query_params.get("ping", ""))
    if caller.is_program and context.hub.count_programs(caller.user_id) >= MAX_STREAMS:
        raise RequestError("limit", "Too many open event streams.", 429, limit="eventStreams")
    # Listen before reading the grants: a grant that goes in between then still ends this stream.
    listener = context.hub.subscribe(caller.user_id, (), caller.login_key, is_program=caller.is_program)
    last = request.headers.get("last-event-id")
    stream = _stream(context, caller, listener, types, last, is_closed, ping_s)
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
    types: Collection[str],
    last_event: str | None,
    is_closed_after_state: bool,
    ping_s: int | None,
) -> AsyncIterator[bytes]:
    # Listened first: what is committed meanwhile is told, perhaps twice, never not at all.
    reached = await caller.store.read(state_changes.reached, caller.user_id)
    listener.accounts = frozenset(reached)
    context.listened(listener.accounts)
    reached = await caller.store.read(state_changes.reached, caller.user_id)
    told: Told = reached if last_event is None else told_by(last_event, reached)
    yield f": listening\nid: {push_state(told)}\n\n".encode()
    quiet_s, told_at = ping_s or _IDLE_S, time.monotonic()
    is_woken = told != reached
    while True:
        changed: dict[str, States] = {}
        if is_woken:
            moved = await caller.store.read(state_changes.since, caller.user_id, told, types)
            told = {**told, **moved.now}
            changed = {account_text(account): states for account, states in moved.changed.items()}
        if changed:
            yield _event("state", {"@type": "StateChange", "changed": changed}, push_state(told))
            if is_closed_after_state:
                return
            # While a mailbox is read for the first time pages are stored faster than anybody can see, and
            # each word of it makes a browser ask for more.
            await listener.rest(_GATHER_S)
            told_at = time.monotonic()
        elif time.monotonic() - told_at >= quiet_s:
            yield _event("ping", {"interval": ping_s}) if ping_s else b": still here\n\n"
            told_at = time.monotonic()
        # What this client did not ask for must not hold its ping back.
        heard = await _heard(listener, types, told_at + quiet_s)
        is_woken = listener.took_miss() or heard
        if listener.is_revoked or not await still_stands(context, caller, listener, is_told=heard):
            yield b"event: revoked\ndata: {}\n\n"
            return


async def _heard(listener: Listener, types: Collection[str], until: float) -> bool:
    """Whether something of these types has changed.

    False at that time (monotonic), or when the stream may be at its end, or something may have been missed.
    """
    while changes := await listener.next(max(0.0, until - time.monotonic())):
        if any(type_.value in types for change in changes for type_ in change.modseqs):
            return True
    return False


async def still_stands(context: JmapContext, caller: Caller, listener: Listener, *, is_told: bool) -> bool:
    """Whether the login is one, and what may be heard is still the same.

    The second is asked for when nothing was told, ``is_told``: for who ends a right tells so, and that may
    have been lost.
    """
    if not await context.is_logged_in(caller):
        return False
    return (
        is_told
        or listener.accounts == (await caller.store.read(state_changes.reached, caller.user_id)).keys()
    )


def _wanted_types(text: str) -> frozenset[str]:
    """Types we do not know can't change, so they are no error."""
    if text == "*":
        return frozenset(t.value for t in ChangeType)
    return frozenset(t.value for t in ChangeType).intersection(text.split(","))


def _ping_interval(text: str) -> int | None:
    """Seconds between pings, None for none; ours may differ from what was asked (RFC 8620 §7.3)."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    seconds = int(text)
    return min(max(seconds, _SHORTEST_PING_S), _LONGEST_PING_S) if seconds else None


def _event(name: str, data: object, state: str | None = None) -> bytes:
    """``state``: how far the client is told by it, its id."""
    id_ = "" if state is None else f"id: {state}\n"
    return f"event: {name}\n{id_}data: ".encode() + msgspec.json.encode(data) + b"\n\n"
