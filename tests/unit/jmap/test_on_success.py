"""What is done with messages once their submission is committed can't undo what is told of that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.submission_set import _email_set, _OnSuccess, _Outcome
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, MessageId

pytestmark = pytest.mark.anyio


async def test_what_takes_too_long_afterwards_is_the_error_of_the_second_answer_alone() -> None:
    async def too_long(*_: Any, **__: Any) -> NoReturn:
        raise TooMany("takes_too_long", "This takes too long here.", after_s=60)

    async def is_logged_in(_: object) -> bool:
        return True

    context = SimpleNamespace(clock=SimpleNamespace(now=lambda: None), is_logged_in=is_logged_in)
    store = SimpleNamespace(read=too_long, work=too_long, write=too_long)
    caller = SimpleNamespace(store=store, user_id=1)
    call = Call(cast(Any, context), cast(Any, caller), uses_vendor=False)
    outcome = _Outcome("1", "2", emails={"s1": MessageId(1)})
    name, told = await _email_set(
        call, AccountId(1), outcome, _OnSuccess({"s1": {"keywords/$seen": True}}, frozenset())
    )
    assert (name, told["type"]) == ("error", "serverUnavailable")
