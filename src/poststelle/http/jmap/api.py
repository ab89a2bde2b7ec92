"""The one endpoint: a request's method calls, in order. Source: RFC 8620 §3.3-3.7."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
import structlog

from poststelle.http.jmap.args import Args
from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.crowd import Load
from poststelle.http.jmap.errors import MethodError, RequestError, SetError, method_error
from poststelle.http.jmap.limits import (
    CORE,
    KNOWN,
    MAIL,
    MAX_CALLS_IN_REQUEST,
    MAX_REFERRED,
    MAX_SIZE_ANSWER,
    MAX_SIZE_BROUGHT,
    MAX_SIZE_PARSED,
    MAX_VALUES,
    PRINCIPALS,
    VENDOR,
    Limits,
)
from poststelle.http.jmap.references import Budget, Response, resolve
from poststelle.mail import query
from poststelle.model.errors import LoginNeeded, TooMany, UseCaseError
from poststelle.store.tx import Check, Store

P = ParamSpec("P")
T = TypeVar("T")

_READING = ("/get", "/query", "/changes", "/queryChanges", "/echo", "/lookup", "/parse")
_WRITING = ("/set", "/import", "/copy", "/upload")

log = structlog.get_logger()


class _Said(msgspec.Struct, rename="camel"):
    using: list[str]
    method_calls: list[tuple[str, dict[str, Any], str]]
    created_ids: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """``octets``: how long it was, about. Source: RFC 8620 §3.3."""

    using: list[str]
    method_calls: list[tuple[str, dict[str, Any], str]]
    created_ids: dict[str, str] | None = None
    octets: int = 0

    @property
    def only_reads(self) -> bool:
        """Whether it comes to nothing when nobody is left to be answered."""
        return all(name.endswith(_READING) for name, _, _ in self.method_calls)


class Asker:
    """Who waits for a request's answer, and may go away: then nothing is read for them any more.

    Lives on one event loop.
    """

    def __init__(self) -> None:
        self._is_gone = False
        self._reading: asyncio.Task[Any] | None = None

    def leave(self) -> None:
        """Give up the read under way, and all later ones."""
        self._is_gone = True
        if self._reading is not None:
            self._reading.cancel()

    async def wait_for(self, reading: Awaitable[T]) -> T:
        """What is read; raises MethodError once they are gone."""
        self._reading = asyncio.current_task()
        try:
            return await reading
        except asyncio.CancelledError as cancelled:
            if not self._is_gone or self._reading is None:
                raise
            self._reading.uncancel()
            raise MethodError("serverUnavailable", "nobody waits for this any more") from cancelled
        finally:
            self._reading = None

    def check(self) -> None:
        """Raises MethodError once they are gone."""
        if self._is_gone:
            raise MethodError("serverUnavailable", "nobody waits for this any more")


@dataclass(slots=True)
class Call:
    """What a method is given besides its arguments.

    ``created`` maps creation ids of this request to ids (RFC 8620 §5.3). A method
    that stands for another one too leaves that one's answer in ``implicit``.
    ``waiting_octets`` are those of texts that are held until their messages are stored,
    ``brought`` what has been read of these messages, by the hashes of their octets, ``apart`` what was
    stored of them one by one. ``rows``: what the request has given the database to write. ``has_written``:
    whether something of this method's is committed. ``said``: octets, about, of the request and of what its
    references have brought.
    """

    context: JmapContext
    caller: Caller
    uses_vendor: bool
    uses_sharing: bool = False
    created: dict[str, str] = field(default_factory=dict)
    implicit: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waiting_octets: int = 0
    apart_octets: int = 0
    parsed_octets: int = 0
    brought_octets: int = 0
    brought: dict[str, Any] = field(default_factory=dict)
    apart: dict[tuple[str, bool], Any] = field(default_factory=dict)
    rows: int = 0
    has_written: bool = False
    said: int = 0
    limits: Limits = field(default_factory=Limits)
    asker: Asker = field(default_factory=Asker)

    def take_apart(self, octets: int) -> None:
        """A message was read for one of its parts. Raises MethodError when this request has read enough."""
        self.apart_octets += octets
        if self.apart_octets > self.limits.taken_apart:
            raise MethodError(
                "requestTooLarge", "these are too many parts of large messages; ask for less at once"
            )

    def parse(self, octets: int) -> None:
        """A blob is about to be read as a message. Raises MethodError when this request has read enough."""
        self.parsed_octets += octets
        self.check_parsed(self.parsed_octets)

    def check_parsed(self, octets: int) -> None:
        """Raises MethodError when so much is more than a request reads as messages."""
        if octets > MAX_SIZE_PARSED:
            raise MethodError("requestTooLarge", "these are too large together; parse fewer at once")

    def bring(self, octets: int) -> None:
        """A message is about to be read to be put in. Raises SetError when there were enough."""
        if self.brought_octets + octets > MAX_SIZE_BROUGHT:
            raise SetError("rateLimit", "these are too large together; bring this one by another request")
        self.brought_octets += octets

    def fill(self, rows: int) -> None:
        """An object of so many rows is about to be written. Raises SetError when there were enough."""
        if rows > self.limits.rows:
            raise SetError("tooLarge", f"a message has at most {self.limits.rows} people and attachments")
        if self.rows + rows > self.limits.rows:
            raise SetError("rateLimit", "these are too many together; bring this one by another request")
        self.rows += rows

    def blob_id(self, text: str) -> str:
        """A blob's id, or that of the blob made under this creation id. Source: RFC 9404 §4.1."""
        return self.created.get(text[1:], text) if text.startswith("#") else text

    async def read(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asker.check()
        return await self.asker.wait_for(self.caller.store.read(fn, *args, **kwargs))

    async def work(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``fn(check, …)`` beside the event loop, in the caller's turn, as long as a read at most.

        What costs more than a look-up and needs no database belongs here. Raises what ``fn`` raises, and
        UseCaseError when it takes too long.
        """
        self.asker.check()
        return await self.asker.wait_for(self.caller.store.work(fn, *args, **kwargs))

    async def understand(self, fn: Callable[..., Any], *args: Any) -> Any:
        """``fn(check, …)``, which reads what was asked for: at once, or where that is much as ``work``.

        Each id and condition costs microseconds: nobody notices a hundred, everybody a hundred thousand.
        """
        if self.said <= _SHORT:
            return fn(unasked, *args)
        return await self.work(fn, *args)

    async def take_mime(
        self,
        load: Callable[[], Awaitable[bytes]],
        fn: Callable[Concatenate[Check, bytes, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``fn(check, octets, …)`` where messages are taken apart, in the caller's turn.

        Raises what either raises, and UseCaseError when it takes too long.
        """
        self.asker.check()
        run = self.context.mime.run(self.caller.user_id, load, fn, *args, **kwargs)
        return await self.asker.wait_for(run)

    async def apply_mime(self, sha256: str, fn: Callable[[Check, bytes], T]) -> T:
        """The same of octets that are stored. Raises BlobMissing too."""
        self.asker.check()
        run = self.context.mime.apply(self.caller.user_id, self.context.blobs, sha256, fn)
        return await self.asker.wait_for(run)

    async def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Raises MethodError, for whoever is not logged in any more, and what ``fn`` raises."""
        await self.check_login()
        done = await self.caller.store.write(fn, *args, **kwargs)
        self.has_written = True
        return done

    async def write_fleeting(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As ``write``, for what may be lost when the power fails."""
        await self.check_login()
        return await self.caller.store.write_fleeting(fn, *args, **kwargs)

    async def check_login(self) -> None:
        """Long requests outlive logins and tokens. Raises MethodError forbidden once this one has ended."""
        if not await self.context.is_logged_in(self.caller):
            raise MethodError("forbidden", "the login or token has ended meanwhile")


_OCTETS_OF_VALUE = 150
_TEXT = re.compile(rb'"[^"]*"')
_COLON = re.compile(rb"\\u003[aA]")
_WIDEST = (*(bytes([first]) for first in range(0xF0, 0xF5)), rb"\ud", rb"\uD")
"""How letters beyond U+FFFF begin, in UTF-8 and as escapes."""
_LARGE = 100_000  # octets: what takes longer to read than to hand to a thread
_SHORT = 10_000  # octets: what can be understood in some milliseconds, whatever it says
Method = Callable[[Call, Args], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Registered:
    """``is_for_all``: also for internal mailboxes, which have nobody to send for them."""

    capability: str
    run: Method
    is_for_all: bool = True


async def parse_request(body: bytes, load: Load, store: Store) -> Request:
    """The request; raises RequestError notJSON, notRequest, unknownCapability or limit."""
    return check_request(await decode(body, load, store), len(body))


async def decode(body: bytes, load: Load, store: Store) -> Any:
    """Any I-JSON; raises RequestError notJSON, and limit for what would be too large in memory.

    Large ones are read beside the event loop, in the caller's turn: ``store`` is theirs.

    Source: RFC 8620 §3.6.1, RFC 7493 §2.3.
    """
    is_large = len(body) > _LARGE
    load.weigh(len(body))
    values = await _beside(store, _count_values, body) if is_large else _count_values(unasked, body)
    if values > MAX_VALUES:
        raise RequestError("limit", "The request has too many values.", 413, limit="maxSizeRequest")
    load.weigh(_width(body) * len(body) + _OCTETS_OF_VALUE * values)
    return await _beside(store, _decoded, body) if is_large else _decoded(unasked, body)


async def _beside(store: Store, fn: Callable[[Check, bytes], T], body: bytes) -> T:
    """Raises RequestError ``limit`` for what takes too long, as for what is too large."""
    try:
        return await store.work(fn, body)
    except TooMany as error:
        raise RequestError("limit", error.message, 429, limit="maxSizeRequest") from error


def unasked() -> None:
    """What is small is done before anybody could end it."""


def _decoded(check: Check, body: bytes) -> Any:
    check()
    try:
        said = msgspec.json.decode(body)
        check()
        if _repeats_names(body, said):
            raise RequestError("notJSON", "A member's name stands twice in one object.")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError("notJSON", "The request is not I-JSON.") from error
    return said


def _count_values(check: Check, body: bytes) -> int:
    """About how many values there are, at most: nearly each follows a comma or begins a list or an object.

    Those within texts are left out only where it matters, for a letter may hold many.
    """
    if (found := _count_signs(body)) <= MAX_VALUES:
        return found
    check()
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")  # what remains begins or ends a text
    if plain.count(b'"') > 4 * MAX_VALUES:
        return found
    return _count_signs(_TEXT.sub(b"", plain))


def _width(body: bytes) -> int:
    """How many octets each letter of a text may have in memory: as many as the widest one beside it."""
    if any(sign in body for sign in _WIDEST):
        return 4
    return 2 if not body.isascii() or rb"\u" in body else 1


def _count_signs(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _repeats_names(body: bytes, said: Any) -> bool:
    """Whether members were lost by reading: then colons were too, each member has one.

    Those written as escapes, which nearly nobody does, count too; behind another backslash there is none.
    """
    written = body.count(b":")
    if _COLON.search(body) is not None:
        written += len(_COLON.findall(body.replace(rb"\\", b"")))
    return written != msgspec.json.encode(said).count(b":")


def check_request(raw: Any, octets: int) -> Request:
    """The request behind so many octets; raises RequestError notRequest, unknownCapability or limit."""
    try:
        said = msgspec.convert(raw, _Said)
    except msgspec.ValidationError as error:
        raise RequestError("notRequest", f"Not a JMAP request: {error}") from error
    request = Request(said.using, said.method_calls, said.created_ids, octets)
    for capability in request.using:
        if capability not in KNOWN:
            raise RequestError("unknownCapability", f"Unknown capability {capability!r}")
    if len(request.method_calls) > MAX_CALLS_IN_REQUEST:
        raise RequestError("limit", "Too many method calls.", limit="maxCallsInRequest")
    return request


async def run_request(
    methods: Mapping[str, Registered],
    context: JmapContext,
    caller: Caller,
    request: Request,
    asker: Asker | None = None,
    load: Load | None = None,
) -> dict[str, Any]:
    """Run all calls; return the ``methodResponses`` and, if asked with any, the ``createdIds``.

    ``asker``: who may go away meanwhile. ``load``: where answers are counted as they are made; those for
    which there is no room left are refused.
    """
    call = Call(
        context,
        caller,
        uses_vendor=VENDOR in request.using,
        uses_sharing=PRINCIPALS in request.using,
        created=dict(request.created_ids or {}),
        asker=asker or Asker(),
    )
    responses: list[Response] = []
    written: list[msgspec.Raw] = []
    budget, left = Budget(MAX_REFERRED), MAX_SIZE_ANSWER

    def answer_with(response: Response) -> None:
        """Written at once, so that its size is known before the next call adds to it."""
        nonlocal left
        octets = msgspec.json.encode(response)
        error: MethodError | None = None
        if len(octets) > left:
            error = MethodError("requestTooLarge", "the answers together are too large; ask for less at once")
        elif load is not None and not _has_room(load, len(octets)):
            why = "too many large answers have not been read yet; read them, then ask again"
            error = MethodError("serverUnavailable", why)
        if error is not None:
            response = ("error", _said_of(call, error), response[2])
            octets = msgspec.json.encode(response)
        left -= len(octets)
        responses.append(response)
        written.append(msgspec.Raw(octets))

    for name, args, call_id in request.method_calls:
        try:
            method, given = _method(methods, name, request.using), resolve(args, responses, budget)
            call.said = request.octets + budget.spent
            call.waiting_octets, call.brought, call.apart, call.has_written = 0, {}, {}, False
            if name.endswith(_WRITING):
                await call.check_login()
            if not method.is_for_all:
                await _require_provider(call, given)
            answer_with((name, await method.run(call, Args(given)), call_id))
            while call.implicit:
                answer_with((*call.implicit.pop(0), call_id))
        except LoginNeeded:
            raise
        except MethodError as error:
            answer_with(("error", _said_of(call, error), call_id))
        except UseCaseError as refusal:
            answer_with(("error", _said_of(call, method_error(refusal)), call_id))
        except RecursionError:
            too_deep = MethodError("invalidArguments", "this is nested too deeply")
            answer_with(("error", _said_of(call, too_deep), call_id))
        except Exception:  # the request boundary: one broken call must not take the others along
            incident = secrets.token_hex(6)
            log.exception("jmap.call_failed", method=name, incident=incident, user=caller.user_id)
            broken = MethodError("serverFail", f"Something went wrong here; incident {incident}.")
            answer_with(("error", _said_of(call, broken), call_id))
    answer: dict[str, Any] = {"methodResponses": written}
    if request.created_ids is not None:
        answer["createdIds"] = call.created
    return answer


def _said_of(call: Call, error: MethodError) -> dict[str, Any]:
    """A failed call's answer, which keeps quiet about nothing that was done before.

    Source: RFC 8620 §3.6.2 (serverPartialFail).
    """
    return error.body | ({"type": "serverPartialFail"} if call.has_written else {})


def _has_room(load: Load, octets: int) -> bool:
    try:
        load.answer(octets)
    except RequestError:
        return False
    return True


async def echo(_call: Call, args: Args) -> dict[str, Any]:
    """Source: RFC 8620 §4."""
    return args.rest()


async def _require_provider(call: Call, args: dict[str, Any]) -> None:
    """Source: RFC 8620 §3.6.2 (accountNotSupportedByMethod)."""
    if await call.read(query.is_internal, call.caller.user_id, Args(args).account()):
        raise MethodError("accountNotSupportedByMethod")


def _method(methods: Mapping[str, Registered], name: str, using: list[str]) -> Registered:
    method = methods.get(name)
    if method is None or method.capability not in using:
        raise MethodError("unknownMethod")
    return method


__all__ = [
    "CORE",
    "MAIL",
    "Asker",
    "Call",
    "Method",
    "Registered",
    "Request",
    "echo",
    "parse_request",
    "run_request",
]
