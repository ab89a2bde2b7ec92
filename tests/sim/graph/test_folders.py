"""Folders: the tree, the counters, their delta, and what is done with them."""

from __future__ import annotations

import pytest
from tests.sim.graph.harness import GraphCaller

from m365sim.world import Mailbox, organise, tree
from m365sim.world.organise import Marks
from m365sim.world.simulation import Simulation

FOLDERS = "/me/mailFolders"


def test_only_children_of_the_root_are_listed(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Nested folders are found below their parent, not in the first list."""
    tree.create(mailbox, mailbox.named["inbox"], "Offers")

    names = [f["displayName"] for f in graph.get(f"{FOLDERS}?$top=50")["value"]]
    below = [f["displayName"] for f in graph.get(f"{FOLDERS}/inbox/childFolders")["value"]]

    assert "Inbox" in names
    assert "Offers" not in names
    assert below == ["Offers"]


def test_hidden_folders_come_only_when_asked_for(mailbox: Mailbox, graph: GraphCaller) -> None:
    """``includeHiddenFolders`` is needed to see a hidden folder."""
    tree.create(mailbox, mailbox.root, "Quiet", is_hidden=True)

    plain = graph.get(f"{FOLDERS}?$top=50")["value"]
    whole = graph.get(f"{FOLDERS}?$top=50&includeHiddenFolders=true")["value"]

    assert len(whole) == len(plain) + 1


def test_lists_of_folders_are_paged(graph: GraphCaller) -> None:
    """Eight default folders in pages of three follow nextLinks to the end."""
    link, names = f"{FOLDERS}?$top=3&$select=displayName", []
    while link:
        page = graph.get(link)
        names += [f["displayName"] for f in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert len(names) == len(set(names)) == 8


def test_a_well_known_name_is_as_good_as_an_id(mailbox: Mailbox, graph: GraphCaller) -> None:
    """``inbox`` and ``mailFolders('inbox')`` name the folder with that id."""
    wanted = mailbox.ids.folder(mailbox.named["inbox"].number)

    found = {graph.get(f"/me/{p}")["id"] for p in ("mailFolders/inbox", "mailFolders('inbox')")}

    assert found == {wanted}


def test_v1_has_no_well_known_name_property(graph: GraphCaller) -> None:
    """wellKnownName exists only in beta: selecting it is an error."""
    assert graph.call("GET", f"{FOLDERS}?$select=wellKnownName").status == 400


def test_folders_are_created_renamed_moved_and_deleted(mailbox: Mailbox, graph: GraphCaller) -> None:
    """The life of a folder; its id stays, and the second delete ends it."""
    made = graph.call("POST", FOLDERS, {"displayName": "Offers"})
    path = f"{FOLDERS}/{made.json['id']}"
    renamed = graph.call("PATCH", path, {"displayName": "Bids"})
    moved = graph.call("POST", f"{path}/move", {"destinationId": "archive"})
    deleted = [graph.call("DELETE", path).status for _ in range(2)]

    assert (made.status, renamed.status, moved.status, deleted) == (201, 200, 200, [204, 204])
    assert renamed.json["displayName"] == "Bids"
    assert moved.json["id"] == made.json["id"]
    assert moved.json["parentFolderId"] == mailbox.ids.folder(mailbox.named["archive"].number)
    assert graph.call("GET", path).code == "ErrorItemNotFound"


def test_names_of_properties_may_be_in_pascal_case(graph: GraphCaller) -> None:
    """A hidden folder, another name for it, a search folder and what it finds."""
    made = graph.call("POST", FOLDERS, {"DisplayName": "Offers", "IsHidden": True})
    renamed = graph.call("PATCH", f"{FOLDERS}/{made.json['id']}", {"DisplayName": "Bids"})
    search = graph.call(
        "POST",
        f"{FOLDERS}/searchfolders/childFolders",
        {
            "@odata.type": "microsoft.graph.mailSearchFolder",
            "DisplayName": "Unread",
            "IncludeNestedFolders": True,
            "SourceFolderIds": ["inbox"],
            "FilterQuery": "isRead eq false",
        },
    )
    changed = graph.call("PATCH", f"{FOLDERS}/{search.json['id']}", {"FilterQuery": "isRead"})

    assert (made.status, made.json["isHidden"]) == (201, True)
    assert (renamed.status, renamed.json["displayName"]) == (200, "Bids")
    assert (search.status, search.json["displayName"]) == (201, "Unread")
    assert (changed.status, changed.json["filterQuery"]) == (200, "isRead")


def test_names_are_unique_below_a_parent(graph: GraphCaller) -> None:
    """A second folder of the same name, in whatever letter case, is refused."""
    graph.call("POST", FOLDERS, {"displayName": "Offers"})

    reply = graph.call("POST", FOLDERS, {"displayName": "OFFERS"})

    assert (reply.status, reply.code) == (409, "ErrorFolderExists")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/inbox", {"displayName": "Mine"}),
        ("DELETE", "/sentitems", None),
        ("POST", "/drafts/move", {"destinationId": "archive"}),
        ("POST", "", {"displayName": "  "}),
        ("POST", "", {"displayName": "X", "color": "red"}),
        ("POST", "", {"displayName": "X", "DisplayName": "X"}),
        ("POST", "", {}),
        ("POST", "/inbox/move", {}),
        ("POST", "", b"{not json"),
    ],
)
def test_bad_folder_requests_change_nothing(
    mailbox: Mailbox, graph: GraphCaller, method: str, path: str, body: object
) -> None:
    """Distinguished folders stay, empty names and unknown properties are refused."""
    before = mailbox.seq

    reply = graph.call(method, FOLDERS + path, body)

    assert reply.status == 400
    assert mailbox.seq == before


def test_a_folder_cannot_be_moved_into_itself(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Neither into itself nor below itself."""
    outer = tree.create(mailbox, mailbox.root, "Outer")
    inner = tree.create(mailbox, outer, "Inner")
    ids = mailbox.ids

    path = f"{FOLDERS}/{ids.folder(outer.number)}/move"
    reply = graph.call("POST", path, {"destinationId": ids.folder(inner.number)})

    assert (reply.status, reply.code) == (400, "ErrorMoveCopyFailed")


def test_the_first_folder_round_is_the_whole_tree(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Delta over folders gives nested ones too, in pages."""
    tree.create(mailbox, mailbox.named["inbox"], "Offers")

    items, _ = graph.round(f"{FOLDERS}/delta", "odata.maxpagesize=4")

    assert len(items) == 9


def test_new_mail_shows_in_folder_delta_as_changed_counters(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """A message arriving changes its folder's counts, so the folder appears."""
    _, link = graph.round(f"{FOLDERS}/delta")
    sim.world.bulk(mailbox, mailbox.named["inbox"], 3, seed=1, unread_every=1)

    [inbox], _ = graph.round(link)

    assert (inbox["totalItemCount"], inbox["unreadItemCount"]) == (3, 3)


def test_marking_read_shows_in_folder_delta(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The unread counter goes down with every message read."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 3, seed=1, unread_every=1)
    _, link = graph.round(f"{FOLDERS}/delta")
    organise.mark(mailbox, next(iter(mailbox.messages.values())), Marks(is_read=True))

    [inbox], _ = graph.round(link)

    assert (inbox["totalItemCount"], inbox["unreadItemCount"]) == (3, 2)


def test_a_deleted_folder_is_removed_from_the_tree(mailbox: Mailbox, graph: GraphCaller) -> None:
    """A folder deleted for good shows as @removed under its id."""
    folder = tree.create(mailbox, mailbox.root, "Offers")
    _, link = graph.round(f"{FOLDERS}/delta")
    tree.destroy(mailbox, folder)

    items, _ = graph.round(link)

    removed = [i["id"] for i in items if "@removed" in i]
    assert removed == [mailbox.ids.folder(folder.number)]


def test_counts_are_bare_numbers(graph: GraphCaller) -> None:
    """``/$count`` answers with text."""
    assert graph.call("GET", f"{FOLDERS}/$count").body == b"8"


def test_child_folder_paths_reach_messages(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """A path through childFolders works when the child really lies there, else 404."""
    folder = tree.create(mailbox, mailbox.named["inbox"], "Offers")
    sim.world.bulk(mailbox, folder, 2, seed=1)
    child = mailbox.ids.folder(folder.number)

    found = graph.get(f"{FOLDERS}/inbox/childFolders/{child}/messages")["value"]

    assert len(found) == 2
    assert graph.call("GET", f"{FOLDERS}/archive/childFolders/{child}/messages").status == 404
