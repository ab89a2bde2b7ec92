"""What requests under way may weigh together, and that nothing is read for who has gone."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from starlette.applications import Starlette

from poststelle.http.jmap.api import CORE, Call, Registered, Request, decode, run_request
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.context import Caller
from poststelle.http.jmap.crowd import Crowd
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.limits import (
    MAX_SIZE_REQUEST,
    MAX_VALUES,
    MAX_WEIGHT,
    MAX_WEIGHT_OF_ONE,
    MAX_WEIGHT_UNCOUNTED,
)
from poststelle.http.jmap.routes import routes
from poststelle.model.ids import UserId

pytestmark = pytest.mark.anyio


ANNA, BOB, CARL = UserId(1), UserId(2), UserId(3)


class _Beside:
    """A store that works at once; ``worked`` counts."""

    worked = 0

    async def work(self, fn: Any, *args: Any) -> Any:
        self.worked += 1
        return fn(lambda: None, *args)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("value", ["{}", "[]", '""', '{"":0}', "0"])
async def test_a_request_of_very_many_values_is_not_read(value: str) -> None:
    """Ten megabytes of them would be hundreds in memory."""
    body = f"[{','.join([value] * (MAX_VALUES + 10))}]".encode()
    with Crowd().load(ANNA) as load, pytest.raises(RequestError, match="too many values") as refused:
        await decode(body, load, cast(Any, _Beside()))
    assert (refused.value.status, refused.value.body["limit"]) == (413, "maxSizeRequest")


async def test_a_long_text_may_hold_whatever_it_likes() -> None:
    """Commas and brackets of a letter are no values, wherever its quotation marks stand. What is large is
    counted and read beside the event loop, what is small is not worth it."""
    text = r"a, {b}, [\"c\", \\]" * 200_000
    store = _Beside()
    with Crowd().load(ANNA) as load:
        assert len(await decode(f'["{text}",1]'.encode(), load, cast(Any, store))) == 2
        assert store.worked == 2
        await decode(b"[1]", load, cast(Any, store))
        assert store.worked == 2


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        (r'{"a":":","b":1}', True),
        (r'{"a":1,"a":2}', False),
        (r'{"\u003a":1,"b":"\\u003a\\\u003A"}', True),
        (r'{"\u003a":1,"\u003A":2}', False),
        (r'{"a":"\u003a","a":"::"}', False),
    ],
)
async def test_a_name_that_stands_twice_is_seen_however_colons_are_written(text: str, is_read: bool) -> None:
    """The reader keeps the last one and says nothing: members are counted by their colons."""
    with Crowd().load(ANNA) as load:
        try:
            await decode(text.encode(), load, cast(Any, _Beside()))
        except RequestError:
            assert not is_read
        else:
            assert is_read


def test_large_requests_under_way_are_bounded() -> None:
    """One user's leave room for another's; small ones always have room; what has ended weighs nothing."""
    crowd = Crowd()
    most = MAX_SIZE_REQUEST + 150 * MAX_VALUES
    assert most <= MAX_WEIGHT_OF_ONE <= MAX_WEIGHT / 2

    def is_full(user: UserId, octets: int) -> bool:
        with crowd.load(user) as load:
            try:
                load.weigh(octets)
            except RequestError as refused:
                assert refused.status == 429
                return True
        return False

    with ExitStack() as under_way:
        under_way.enter_context(crowd.load(ANNA)).weigh(most)
        assert is_full(ANNA, most)
        assert not is_full(ANNA, 1_000_000)
        under_way.enter_context(crowd.load(BOB)).weigh(most)
        assert is_full(CARL, most)
        assert not is_full(CARL, 1_000_000)
        assert not is_full(CARL, MAX_SIZE_REQUEST)
    assert not is_full(ANNA, most)
    assert not is_full(ANNA, most)


async def test_what_a_text_is_in_memory_counts_before_it_is_read() -> None:
    """A letter beyond U+FFFF, however it is written, makes all letters beside it four octets. What has no
    room is refused before a thread is asked for."""
    crowd, store, long = Crowd(), _Beside(), "x" * 8_000_000
    for sign, width in (("", 1), ("€", 2), (r"\u20ac", 2), ("😀", 4), (r"\ud83d\ude00", 4)):
        room = width * len(long) - MAX_WEIGHT_UNCOUNTED + 1_000
        for left, is_read in ((room, True), (room - 2_000, False)):
            with crowd.load(ANNA) as before, crowd.load(ANNA) as load:
                before.hold(MAX_WEIGHT_UNCOUNTED + MAX_WEIGHT_OF_ONE - left)
                try:
                    await decode(f'["{long}{sign}"]'.encode(), load, cast(Any, store))
                except RequestError:
                    assert not is_read, sign
                else:
                    assert is_read, sign
    asked = store.worked
    with crowd.load(ANNA) as before, crowd.load(ANNA) as load:
        before.hold(MAX_WEIGHT_OF_ONE)
        with pytest.raises(RequestError, match="Too many large"):
            await decode(f'["{long}"]'.encode(), load, cast(Any, store))
    assert store.worked == asked


def _enter_with(store: Any) -> Any:
    async def enter(*_: Any) -> Any:
        return Caller(ANNA, "key", cast(Any, store)), SimpleNamespace(get=lambda: "state")

    return enter


def _scope() -> dict[str, Any]:
    headers = [(b"content-type", b"application/json")]
    return {"type": "http", "method": "POST", "path": "/jmap/api", "headers": headers, "query_string": b""}


async def test_an_answer_keeps_its_place_until_it_has_been_read() -> None:
    """Who reads none of them asks for no more, however small what they ask for is."""
    echo = b'["Core/echo",{"a":"%b"},"0"]' % (b"x" * 9_000_000)
    body = b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[%b]}' % echo
    reads = asyncio.Event()
    app = Starlette(routes=routes(cast(Any, SimpleNamespace(enter=_enter_with(_Beside())))))

    async def asked() -> tuple[int, int]:
        """The status, and how many octets came."""
        status = octets = 0

        async def send(message: Any) -> None:
            nonlocal status, octets
            status = message.get("status", status)
            if octets:
                await reads.wait()
            octets += len(message.get("body", b""))

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        await app(_scope(), receive, send)
        return status, octets

    first = [asyncio.create_task(asked()) for _ in range(8)]
    await asyncio.sleep(0.1)
    status, _ = await asked()
    assert status == 429
    reads.set()
    assert [status for status, octets in await asyncio.gather(*first) if octets > len(echo)] == [200] * 8
    assert (await asked())[0] == 200


def test_answers_count_like_requests() -> None:
    """They have been made, so they are never refused; what is asked for after them is."""
    crowd = Crowd()
    with crowd.load(ANNA) as load:
        load.hold(20 * MAX_WEIGHT_OF_ONE)
        with pytest.raises(RequestError, match="Too many large"), crowd.load(ANNA):
            pass
        with crowd.load(BOB) as other:  # whatever somebody else has not read
            other.weigh(MAX_WEIGHT_OF_ONE)
    with crowd.load(ANNA):
        pass


async def test_a_large_answer_is_refused_while_others_wait_to_be_read() -> None:
    """Before it is there: what a user has not read must not grow with every request. Small ones are made."""
    crowd, large = Crowd(), "x" * 40_000_000
    writes = False

    async def told(call: Call, args: Args) -> dict[str, Any]:
        call.has_written = writes
        return {"a": large if args.rest() else ""}

    async def asked() -> list[str]:
        methods = {"X/get": Registered(CORE, told)}
        calls = [("X/get", {"isLarge": True}, "0"), ("X/get", {}, "1")]
        caller = cast(Any, SimpleNamespace(user_id=ANNA))
        load = under_way.enter_context(crowd.load(ANNA))
        answer = await run_request(methods, cast(Any, None), caller, Request([CORE], calls), None, load)
        octets = msgspec.json.encode(answer)
        load.hold(len(octets))
        said = [(name, one.get("type")) for name, one, _ in msgspec.json.decode(octets)["methodResponses"]]
        return [type_ or name for name, type_ in said]

    with ExitStack() as under_way:
        assert await asked() == await asked() == ["X/get", "X/get"]
        assert await asked() == ["serverUnavailable", "X/get"]
        writes = True
        assert await asked() == ["serverPartialFail", "X/get"]
        with crowd.load(BOB) as other:
            other.weigh(MAX_WEIGHT_OF_ONE)
    with ExitStack() as under_way:
        assert await asked() == ["X/get", "X/get"]


class _Slow:
    """A store whose reads never end."""

    def __init__(self) -> None:
        self.given_up = 0

    async def read(self, *_: Any, **__: Any) -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise


async def test_nothing_is_read_for_who_has_gone() -> None:
    """The read under way is given up, those of the calls after it never begin."""
    store = _Slow()

    async def receive() -> dict[str, Any]:
        return said.pop(0)

    async def send(_message: Any) -> None:
        pass

    call = b'["Mailbox/get",{"accountId":"a1"},"0"]'
    using = b'"urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"'
    body = b'{"using":[%b],"methodCalls":[%b,%b]}' % (using, call, call)
    said: list[dict[str, Any]] = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]
    app = Starlette(routes=routes(cast(Any, SimpleNamespace(enter=_enter_with(store)))))
    await asyncio.wait_for(app(_scope(), receive, send), 60)
    assert store.given_up == 1


def test_what_writes_is_carried_out() -> None:
    """Whoever has gone: a request is given up only where it does nothing but read."""
    reads, writes = ("Email/query", {}, "0"), ("Email/set", {}, "1")
    assert Request([], [reads, reads]).only_reads
    assert not Request([], [reads, writes]).only_reads
