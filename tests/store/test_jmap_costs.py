"""What one call of JMAP may cost: counted, in the threads of who asks, and refused when that is enough."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.conftest import NOW
from tests.store.test_arrivals import Box, arrival, box

from poststelle.http.jmap import email_get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_text
from poststelle.http.jmap.limits import Limits
from poststelle.model.folder import Role
from poststelle.model.message import Message

pytestmark = pytest.mark.anyio
__all__ = ["box"]


def call_of(box: Box, **limits: Any) -> Call:
    """A call of the mailbox's user."""
    caller = cast(Any, SimpleNamespace(store=box.store.on_behalf(box.user), user_id=box.user))
    context = cast(Any, SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW), open_remote=None))
    return Call(context, caller, uses_vendor=True, limits=Limits(**limits))


async def test_an_email_get_tells_so_many_people_and_parts(box: Box) -> None:
    """Few octets brought once, and few ids, may stand for millions of them."""
    people = ", ".join(f"p{n}@x.example" for n in range(20)).encode()
    file = b"--b\nContent-Disposition: attachment\n\nx\n"
    raw = b"To: %b\nContent-Type: multipart/mixed; boundary=b\n\n%b--b--\n" % (people, file * 10)
    made = await box.put(*[arrival(raw, box.roles[Role.INBOX])] * 60)
    ids = [message_text(one.id) for one in made if isinstance(one, Message)]

    async def told(properties: list[str], values: int) -> Any:
        args = {"accountId": account_text(box.account), "ids": ids, "properties": properties}
        return await email_get.email_get(call_of(box, values=values), Args(args))

    for properties, values in (["to"], 60 * (1 + 2 * 20)), (["attachments"], 60 * (1 + 10 * 10)):
        assert [one["id"] for one in (await told(properties, values))["list"]] == ids
        with pytest.raises(MethodError) as caught:
            await told(properties, values - 1)
        assert caught.value.type == "requestTooLarge"
