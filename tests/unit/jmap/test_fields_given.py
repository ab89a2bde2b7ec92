"""``header:*`` of a message that is written here as it is said. Source: RFC 8621 §4.6."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.mailbox import NOW

from poststelle.http.jmap.api import Call, unasked
from poststelle.http.jmap.email_compose import compose
from poststelle.http.jmap.errors import SetError
from poststelle.model.ids import AccountId

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def refused(email: dict[str, Any]) -> list[str]:
    """The properties that a message is refused for."""

    async def work(fn: Any, *args: Any) -> Any:
        return fn(unasked, *args)

    context = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW))
    caller = SimpleNamespace(store=SimpleNamespace(work=work), user_id=1)
    call = Call(cast(Any, context), cast(Any, caller), uses_vendor=False)
    with pytest.raises(SetError) as caught:
        await compose(call, AccountId(1), "a@b.example", {"mailboxIds": {"f1": True}, **email})
    assert caught.value.body["type"] == "invalidProperties"
    return list(caught.value.body["properties"])


_FORMS = [
    ("header:Subject:asAddresses", [{"email": "a@b.example"}]),
    ("header:From:asText", "x"),
    ("header:Message-ID:asAddresses", [{"email": "a@b.example"}]),
    ("header:Date:asText", "x"),
    ("header:List-Post:asText", "x"),
]


@pytest.mark.parametrize(("name", "value"), _FORMS)
async def test_a_field_has_the_forms_that_it_may_have(name: str, value: Any) -> None:
    """Of a message, and of its parts."""
    part = {"partId": "1", "type": "text/plain", name: value}
    assert await refused({name: value}) == [name]
    assert await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}) == [name]


@pytest.mark.parametrize(
    "other", ["header:X-A:asText", "header:x-a", "header:X-A:all", "header:X-a:asRaw:all"]
)
async def test_a_field_is_given_once(other: str) -> None:
    """In whatever form, and however it is written."""
    both = {"header:X-A": "a", other: ["b"] if other.endswith(":all") else "b"}
    part = {"partId": "1", "type": "text/plain", **both}
    assert await refused(both) == [other]
    assert await refused({"bodyStructure": part, "bodyValues": {"1": {"value": "x"}}}) == [other]
