"""What Microsoft's own SDK makes of refusals, and that it waits when it is told to."""

from __future__ import annotations

import pytest
from msgraph.generated.models.mail_folder import MailFolder
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from tests.contract.sdk import Desk, query

from m365sim.testing import M365

pytestmark = pytest.mark.anyio


async def test_what_is_not_there_is_an_odata_error(desk: Desk) -> None:
    """404 with Graph's code, and the ids that support asks for."""
    draft = await desk.draft("Gone")
    item = desk.client.me.messages.by_message_id(draft.id)
    await item.permanent_delete.post()

    with pytest.raises(ODataError) as raised:
        await item.get()

    assert (raised.value.response_status_code, raised.value.error.code) == (404, "ErrorItemNotFound")
    assert raised.value.error.inner_error.request_id


async def test_a_bad_filter_is_an_odata_error(desk: Desk) -> None:
    """400 for a property that messages do not have."""
    messages = desk.client.me.messages

    with pytest.raises(ODataError) as raised:
        await messages.get(query(messages, filter="colour eq 'red'"))

    assert raised.value.response_status_code == 400
    assert raised.value.error.message


async def test_a_second_folder_of_the_same_name_is_refused(desk: Desk) -> None:
    """409 ErrorFolderExists."""
    folders = desk.client.me.mail_folders
    made = await folders.post(MailFolder(display_name=desk.mark))

    with pytest.raises(ODataError) as raised:
        await folders.post(MailFolder(display_name=desk.mark))

    assert (raised.value.response_status_code, raised.value.error.code) == (409, "ErrorFolderExists")
    await folders.by_mail_folder_id(made.id).delete()


async def test_another_mailbox_is_refused(desk: Desk) -> None:
    """403 or 404 for the colleague's mail without any right to it; Microsoft answers both."""
    with pytest.raises(ODataError) as raised:
        await desk.client.users.by_user_id(desk.place.colleague).messages.get()

    assert raised.value.response_status_code in (403, 404)


async def test_the_sdk_waits_and_comes_back(desk: Desk, control: M365) -> None:
    """After 429 with Retry-After the SDK's own middleware makes the call again."""
    control.fail_next(
        "GET", "*/messages", status=429, code="ApplicationThrottled", headers={"Retry-After": "1"}
    )

    page = await desk.client.me.messages.get()

    assert page.value == []
    assert [c["status"] for c in control.control.calls(path="/messages")] == [429, 200]
