"""Reading mail with Microsoft's own SDK: lists, pages, options, search."""

from __future__ import annotations

import pytest
from msgraph_core import PageIterator
from tests.contract.sdk import Desk, query
from tests.contract.tenant import Place

from m365sim.testing import M365

pytestmark = pytest.mark.anyio


def _fill(control: M365, place: Place, *subjects: str) -> None:
    inbox = control.account(place.person).folder("inbox")
    for number, subject in enumerate(subjects):
        inbox.receive(subject=subject, text=f"On {subject}", receivedAt=f"2026-03-0{number + 1}T08:00:00Z")


async def test_the_person_and_the_folders_are_there(desk: Desk) -> None:
    """GET /me and /me/mailFolders, as models of the SDK."""
    me = await desk.client.me.get()
    folders = await desk.client.me.mail_folders.get(query(desk.client.me.mail_folders, top=50))
    inbox = await desk.client.me.mail_folders.by_mail_folder_id("inbox").get()

    assert me.user_principal_name.lower() == desk.place.person.lower()
    assert inbox.id in {folder.id for folder in folders.value}
    assert inbox.total_item_count >= 0


async def test_a_long_list_is_walked_page_by_page(desk: Desk, control: M365) -> None:
    """PageIterator follows nextLinks until all 25 messages have been seen, each once."""
    control.account(desk.place.person).folder("inbox").receive_count(25)
    messages = desk.client.me.mail_folders.by_mail_folder_id("inbox").messages
    seen: list[str] = []

    first = await messages.get(query(messages, top=10, select=["id", "subject"]))
    await PageIterator(first, desk.client.request_adapter).iterate(lambda m: not seen.append(m.id))

    assert len(first.value) == 10
    assert len(seen) == len(set(seen)) == 25


async def test_select_brings_what_was_asked_for(desk: Desk) -> None:
    """Properties that were not selected stay None."""
    made = await desk.draft("Offer", desk.place.colleague)
    item = desk.client.me.messages.by_message_id(made.id)

    lean = await item.get(query(item, select=["subject", "isDraft"]))
    whole = await item.get()

    assert (lean.subject, lean.is_draft, lean.body) == (made.subject, True, None)
    assert whole.body.content.strip().startswith("Hello")
    assert whole.to_recipients[0].email_address.address.lower() == desk.place.colleague.lower()


async def test_lists_are_filtered_and_ordered(desk: Desk, control: M365, place: Place) -> None:
    """$filter with $orderby on the same property first, as Exchange wants it."""
    _fill(control, place, "One", "Two", "Three")
    messages = desk.client.me.messages
    since = "receivedDateTime ge 2026-03-02T00:00:00Z"

    page = await messages.get(query(messages, filter=since, orderby=["receivedDateTime desc"], count=True))

    assert [m.subject for m in page.value] == ["Three", "Two"]
    assert page.odata_count == 2


async def test_mail_is_searched(desk: Desk, control: M365, place: Place) -> None:
    """$search with words and with properties."""
    _fill(control, place, "Boiler broken", "Rent", "Boiler mended")
    messages = desk.client.me.messages

    words = await messages.get(query(messages, search='"boiler"'))
    named = await messages.get(query(messages, search='"subject:mended"'))

    assert sorted(m.subject for m in words.value) == ["Boiler broken", "Boiler mended"]
    assert [m.subject for m in named.value] == ["Boiler mended"]


async def test_wishes_for_text_and_lasting_ids_are_heard(desk: Desk, control: M365, place: Place) -> None:
    """Prefer with two wishes through the SDK's headers."""
    control.account(place.person).receive(subject="Offer", html="<p>Good <b>day</b></p>")
    messages = desk.client.me.messages
    wishes = 'outlook.body-content-type="text", IdType="ImmutableId"'

    page = await messages.get(query(messages, prefer=wishes))
    known = control.account(place.person).folder("inbox").messages()[0]["id"]

    assert page.value[0].body.content.strip() == "Good day"
    assert page.value[0].id == known


async def test_the_raw_message_is_octets(desk: Desk, control: M365, place: Place) -> None:
    """$value through the SDK's content builder."""
    _fill(control, place, "Offer")
    page = await desk.client.me.messages.get()

    octets = await desk.client.me.messages.by_message_id(page.value[0].id).content.get()

    assert b"Subject: Offer" in octets


async def test_messages_are_counted(desk: Desk, control: M365, place: Place) -> None:
    """/$count is a bare number."""
    _fill(control, place, "One", "Two")

    assert await desk.client.me.messages.count.get() == 2
