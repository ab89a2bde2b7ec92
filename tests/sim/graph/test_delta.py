"""Delta rounds over the messages of a folder."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox, organise, tree
from m365sim.world.changes import KEPT_ENTRIES
from m365sim.world.compose import Written
from m365sim.world.messages import Message
from m365sim.world.organise import Marks
from m365sim.world.simulation import Simulation

INBOX = "/me/mailFolders/inbox/messages/delta"
ARCHIVE = "/me/mailFolders/archive/messages/delta"


def receive(sim: Simulation, mailbox: Mailbox, subject: str, received_s: int | None = None) -> Message:
    written = Written(f"<{subject}@example.net>", subject, f"About {subject}", False, 1_700_000_000)
    return sim.world.receive(mailbox, mailbox.named["inbox"], written, received_s)


def test_the_first_round_gives_every_message_once_newest_first(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Pages of seven walk a folder of fifty from the newest message down, none twice, none missing."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 50, seed=7)

    items, _ = graph.round(INBOX, f"odata.maxpagesize=7, {IMMUTABLE}")

    received = [i["receivedDateTime"] for i in items]
    assert len({i["id"] for i in items}) == 50
    assert received == sorted(received, reverse=True)


def test_every_page_has_exactly_one_link_and_the_size_asked_for(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Twelve messages in pages of five are 5, 5 and 2; only the last page has a delta link."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    link, sizes = INBOX, []
    while True:
        page = graph.get(link, "odata.maxpagesize=5")
        sizes.append(len(page["value"]))
        assert ("@odata.nextLink" in page) is not ("@odata.deltaLink" in page)
        if "@odata.deltaLink" in page:
            break
        link = page["@odata.nextLink"]

    assert sizes == [5, 5, 2]


def test_without_a_page_size_ten_come(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The default page holds ten messages."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)

    assert len(graph.get(INBOX)["value"]) == 10


def test_a_message_that_arrives_during_the_first_round_is_told_later(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """New mail between two pages of the first round appears in the next round."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    page = graph.get(INBOX, "odata.maxpagesize=5")
    receive(sim, mailbox, "late")

    _, link = graph.round(page["@odata.nextLink"], "odata.maxpagesize=5")
    items, _ = graph.round(link)

    assert [i["subject"] for i in items] == ["late"]


def test_reading_a_message_shows_as_a_partial_item(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """After an isRead change a round gives id, isRead and parentFolderId, not the whole message."""
    message = receive(sim, mailbox, "offer")
    _, link = graph.round(INBOX, IMMUTABLE)
    organise.mark(mailbox, message, Marks(is_read=True))

    [item], _ = graph.round(link, IMMUTABLE)

    assert item["isRead"] is True
    assert set(item) == {"@odata.type", "@odata.etag", "id", "isRead", "parentFolderId"}


def test_a_change_that_changes_nothing_is_not_told(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Marking an unread message unread leaves the next round empty."""
    message = receive(sim, mailbox, "offer")
    _, link = graph.round(INBOX)
    organise.mark(mailbox, message, Marks(is_read=False))

    assert graph.round(link)[0] == []


def test_a_move_is_removed_here_and_new_there(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The source folder's round says @removed, the target's gives the message, under one immutable id."""
    message = receive(sim, mailbox, "offer")
    _, here = graph.round(INBOX, IMMUTABLE)
    _, there = graph.round(ARCHIVE, IMMUTABLE)
    organise.move(mailbox, message, mailbox.named["archive"])

    [left], _ = graph.round(here, IMMUTABLE)
    [came], _ = graph.round(there, IMMUTABLE)

    assert left["@removed"] == {"reason": "deleted"}
    assert left["id"] == came["id"]
    assert came["subject"] == "offer"


def test_there_and_back_under_immutable_ids_shows_as_removed_alone(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Graph's blind spot: moved away and back between two rounds, a message is told as removed only."""
    message = receive(sim, mailbox, "offer")
    _, link = graph.round(INBOX, IMMUTABLE)
    organise.move(mailbox, message, mailbox.named["archive"])
    organise.move(mailbox, message, mailbox.named["inbox"])

    items, _ = graph.round(link, IMMUTABLE)

    assert [set(i) for i in items] == [{"@odata.type", "id", "@removed"}]
    assert graph.get(f"/me/messages/{items[0]['id']}", IMMUTABLE)["subject"] == "offer"


def test_what_was_told_as_gone_is_told_whole_with_its_next_change(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """A program that took it away gets all of it, however many rounds later, and then partial news again."""
    message = receive(sim, mailbox, "offer")
    _, link = graph.round(f"{INBOX}?$select=subject,isRead", IMMUTABLE)
    organise.move(mailbox, message, mailbox.named["archive"])
    organise.move(mailbox, message, mailbox.named["inbox"])
    [removed], link = graph.round(link, IMMUTABLE)
    nothing, link = graph.round(link, IMMUTABLE)
    organise.mark(mailbox, message, Marks(is_read=True))

    [whole], link = graph.round(link, IMMUTABLE)
    organise.mark(mailbox, message, Marks(is_read=False))
    [news], _ = graph.round(link, IMMUTABLE)

    assert ("@removed" in removed, nothing) == (True, [])
    assert (whole["subject"], whole["isRead"]) == ("offer", True)
    assert ("subject" in news, news["isRead"]) == (False, False)


def test_without_the_blind_spot_what_came_back_is_new(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """Behind a switch a program that asks nothing but delta can equal the mailbox."""
    sim.behaviour.delta_blind_spot = False
    message = receive(sim, mailbox, "offer")
    _, link = graph.round(INBOX, IMMUTABLE)
    organise.move(mailbox, message, mailbox.named["archive"])
    organise.move(mailbox, message, mailbox.named["inbox"])

    [item], _ = graph.round(link, IMMUTABLE)

    assert item["subject"] == "offer"


def test_changes_of_long_ago_are_forgotten(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """A folder remembers a bounded number of changes; who comes from before them begins anew with 410."""
    message = receive(sim, mailbox, "offer")
    _, old = graph.round(INBOX)
    for number in range(KEPT_ENTRIES * 5 // 4 + 10):
        organise.mark(mailbox, message, Marks(is_read=number % 2 == 0))
    _, new = graph.round(INBOX)
    organise.mark(mailbox, message, Marks(importance="high"))

    assert graph.call("GET", old).status == 410
    assert len(graph.round(new)[0]) == 1
    assert len(mailbox.named["inbox"].journal) <= KEPT_ENTRIES * 5 // 4


def test_the_address_to_begin_anew_asks_for_the_same(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """The Location of a 410 has the options of the round that was lost."""
    receive(sim, mailbox, "offer")
    asked = "$select=subject&$filter=receivedDateTime+ge+2020-01-01T00:00:00Z&$top=7"
    _, link = graph.round(f"{INBOX}?{asked}")
    sim.tokens.forget(mailbox.id)

    location = graph.call("GET", link).headers["location"]

    assert parse_qs(urlsplit(location).query) == {
        "$select": ["id,subject"],
        "$filter": ["receivedDateTime ge 2020-01-01T00:00:00Z"],
        "$top": ["7"],
    }
    [item] = graph.round(location)[0]
    assert (item["subject"], "isRead" in item) == ("offer", False)


def test_there_and_back_under_default_ids_is_removed_and_new(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """With default ids the message that came back is another item and both are told."""
    message = receive(sim, mailbox, "offer")
    [first], link = graph.round(INBOX)
    organise.move(mailbox, message, mailbox.named["archive"])
    organise.move(mailbox, message, mailbox.named["inbox"])

    gone, back = graph.round(link)[0]

    assert gone["id"] == first["id"]
    assert "@removed" in gone
    assert back["id"] != first["id"]


def test_a_link_serves_both_forms_of_id(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """A delta link got with default ids goes on under immutable ids without starting again."""
    _, link = graph.round(INBOX)
    message = receive(sim, mailbox, "offer")

    [item], _ = graph.round(link, IMMUTABLE)

    assert item["id"] == mailbox.ids.immutable(message.number)


def test_a_token_may_be_replayed(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The same delta link gives the same changes again."""
    _, link = graph.round(INBOX)
    receive(sim, mailbox, "offer")

    assert graph.round(link)[0] == graph.round(link)[0]


def test_the_first_request_fixes_the_query(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """What was selected at first holds for later rounds; adding an option to a link is refused."""
    receive(sim, mailbox, "one")
    _, link = graph.round(f"{INBOX}?$select=subject")
    receive(sim, mailbox, "two")

    [item], again = graph.round(link)

    assert set(item) == {"@odata.type", "@odata.etag", "id", "subject"}
    assert graph.call("GET", f"{again}&$select=body").status == 400


def test_forgotten_tokens_are_gone_and_say_where_to_start(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """After the state is lost: 410 SyncStateNotFound with the start address in Location."""
    _, link = graph.round(INBOX)
    sim.tokens.forget(mailbox.id, mailbox.named["inbox"].number)

    reply = graph.call("GET", link)

    assert (reply.status, reply.code) == (410, "SyncStateNotFound")
    assert graph.round(reply.headers["location"])[0] == []


def test_a_next_link_may_be_forgotten_too(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Even in the middle of a first round the state can be lost."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    link = graph.get(INBOX)["@odata.nextLink"]
    sim.tokens.forget(mailbox.id)

    assert graph.call("GET", link).code == "SyncStateNotFound"


def test_old_tokens_fall_out_of_the_bounded_cache(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """With three tokens kept, the fourth newest is forgotten."""
    sim.tokens.kept = 3
    links = [graph.round(INBOX)[1] for _ in range(4)]

    assert [graph.call("GET", link).status for link in links[:1]] == [410]
    assert graph.call("GET", links[-1]).status == 200


@pytest.mark.parametrize("token", ["x", "AAAA", "%20", "ä"])
def test_a_made_up_token_is_badly_formed(graph: GraphCaller, token: str) -> None:
    """Tokens cannot be built by hand."""
    reply = graph.call("GET", f"{INBOX}?$deltatoken={token.encode().hex() if token == 'ä' else token}")

    assert reply.status == 400


def test_a_token_of_another_folder_is_refused(graph: GraphCaller) -> None:
    """A delta token serves only the folder it was issued for."""
    token = graph.round(INBOX)[1].partition("?")[2]

    assert graph.call("GET", f"{ARCHIVE}?{token}").status == 400


def test_latest_is_not_supported_and_gives_everything(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """``$deltatoken=latest`` does not start from now for mail."""
    receive(sim, mailbox, "offer")

    assert len(graph.round(f"{INBOX}?$deltatoken=latest")[0]) == 1


def test_only_mail_since_an_instant(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The one filter delta knows leaves out older mail, in the first round and later."""
    receive(sim, mailbox, "old", 1_700_000_000)
    receive(sim, mailbox, "new", 1_800_000_000)
    items, link = graph.round(f"{INBOX}?$filter=receivedDateTime+ge+2026-01-01T00:00:00Z")
    receive(sim, mailbox, "older", 1_600_000_000)

    assert [i["subject"] for i in items] == ["new"]
    assert graph.round(link)[0] == []


@pytest.mark.parametrize(
    "option",
    ["$filter=isRead+eq+false", "$orderby=subject", "changeType=moved", "$filter=receivedDateTime+ge+soon"],
)
def test_other_filters_and_orders_are_refused(graph: GraphCaller, option: str) -> None:
    """Delta refuses what it does not document."""
    assert graph.call("GET", f"{INBOX}?{option}").status == 400


def test_only_changes_of_one_type(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """With changeType=deleted a later round tells removals alone."""
    stays, goes = receive(sim, mailbox, "stays"), receive(sim, mailbox, "goes")
    _, link = graph.round(f"{INBOX}?changeType=deleted")
    organise.mark(mailbox, stays, Marks(is_read=True))
    mailbox.remove(goes)
    receive(sim, mailbox, "new")

    items, _ = graph.round(link)

    assert ["@removed" in i for i in items] == [True]


def test_a_folder_that_is_gone_is_not_found(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Delta on a deleted folder is 404, with a token or without."""
    folder = tree.create(mailbox, mailbox.root, "Offers")
    start = f"/me/mailFolders/{mailbox.ids.folder(folder.number)}/messages/delta"
    _, link = graph.round(start)
    tree.destroy(mailbox, folder)

    assert [graph.call("GET", url).code for url in (start, link)] == ["ErrorItemNotFound"] * 2


def test_the_whole_mailbox_has_no_delta(graph: GraphCaller) -> None:
    """``/me/messages/delta`` is in the SDKs, and refused."""
    reply = graph.call("GET", "/me/messages/delta")

    assert "Change tracking is not supported" in reply.json["error"]["message"]


def test_sizes_come_with_delta(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The size property asked for as 0x0E08 is answered as 0xe08."""
    message = receive(sim, mailbox, "offer")
    expand = "singleValueExtendedProperties($filter=id+eq+'Integer+0x0E08')"

    [item], _ = graph.round(f"{INBOX}?$select=subject&$expand={expand}")

    size = str(message.source.load().size)
    assert item["singleValueExtendedProperties"] == [{"id": "Integer 0xe08", "value": size}]


def test_bulk_mail_after_a_round_is_new_in_the_next(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """A run of derived messages is one journal entry, yet each of them is told."""
    _, link = graph.round(INBOX)
    sim.world.bulk(mailbox, mailbox.named["inbox"], 30, seed=7)

    items, _ = graph.round(link, "odata.maxpagesize=8")

    assert len({i["id"] for i in items}) == 30
