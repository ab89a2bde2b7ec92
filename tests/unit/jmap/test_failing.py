"""A call that fails is told as one, and that something of it was done before."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from poststelle.http.jmap.api import Call, Registered, Request, run_request
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.context import Caller
from poststelle.http.jmap.limits import MAIL
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class _Store:
    """Takes as many transactions as there is room for."""

    def __init__(self, room: int) -> None:
        self.room = room

    async def write(self, _fn: Any) -> None:
        if not self.room:
            raise OSError("the disk is full")
        self.room -= 1


async def _set(call: Call, args: Args) -> dict[str, Any]:
    for _ in range(args.take("portions", int, 0)):
        await call.write(None)  # type: ignore[arg-type]  # nothing is done there
    return {}


async def _set_and_refuse(call: Call, args: Args) -> dict[str, Any]:
    await _set(call, args)
    raise TooMany("takes_too_long", "This takes too long.", after_s=1)


async def test_what_was_done_before_a_refusal_is_not_kept_quiet() -> None:
    """A client that is told to ask again would do it twice."""

    async def is_logged_in(_: Any) -> bool:
        return True

    caller = Caller(UserId(1), "key", cast(Any, _Store(room=1)))
    calls: list[Any] = [("Email/set", {"portions": n}, str(n)) for n in (0, 1, 0)]
    context = cast(Any, SimpleNamespace(is_logged_in=is_logged_in))
    methods = {"Email/set": Registered(MAIL, _set_and_refuse)}
    answer = await run_request(methods, context, caller, Request([MAIL], calls))
    types = [msgspec.json.decode(one)[1]["type"] for one in answer["methodResponses"]]
    assert types == ["serverUnavailable", "serverPartialFail", "serverUnavailable"]


async def test_what_was_done_before_a_failure_is_not_kept_quiet() -> None:
    """Source: RFC 8620 §3.6.2 (serverPartialFail): each call for itself."""

    async def is_logged_in(_: Any) -> bool:
        return True

    caller = Caller(UserId(1), "key", cast(Any, _Store(room=3)))
    calls: list[Any] = [("Email/set", {"portions": n}, str(n)) for n in (2, 2, 1)]
    context = cast(Any, SimpleNamespace(is_logged_in=is_logged_in))
    answer = await run_request({"Email/set": Registered(MAIL, _set)}, context, caller, Request([MAIL], calls))
    said = [
        (b"serverPartialFail" in one, b"serverFail" in one) for one in map(bytes, answer["methodResponses"])
    ]
    assert said == [(False, False), (True, False), (False, True)]
