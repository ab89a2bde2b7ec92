"""Pulling: the local copy becomes what Microsoft holds, and stays so, on both databases."""

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import USER, folder_truth, mirrored, truth

from poststelle.mail import organise

pytestmark = pytest.mark.anyio


async def test_the_first_synchronisation_copies_the_whole_mailbox(m365: Simulator, url: str) -> None:
    """Every message of every folder arrives, with its flags and its folder."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 700)
    m365.control.create_folder(address, "Objekte")
    m365.control.create_folder(address, "Lindenallee / 3", "Objekte")
    m365.control.receive_count(address, 130, ["Objekte", "Lindenallee / 3"])
    m365.control.receive(address, "sentitems", subject="Angebot", isRead=True, categories=["Verkauf"])

    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_changes_made_elsewhere_arrive(m365: Simulator, url: str) -> None:
    """Another program's reads, flags, categories, moves, deletions and new mail are taken over."""
    address = m365.new_mailbox()
    control = m365.control
    control.create_folder(address, "Objekte")
    ids = control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(10)])
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        control.update(address, ids[:3], isRead=True)
        control.update(address, ids[2:5], flag="flagged", categories=["Dringend"], importance="high")
        control.move(address, ids[5:7], to="Objekte")
        control.delete(address, [ids[7]])
        control.delete(address, [ids[8]], permanently=True)
        control.receive(address, subject="Neu")
        await mirror.pull()

        local = await mirror.local()
        assert local == truth(m365, address)
        assert (local[ids[5]]["folder"], ids[8] in local) == ("Objekte", False)
        await mirror.check()


async def test_what_outlook_sorts_out_and_what_is_about_meetings_is_known(m365: Simulator, url: str) -> None:
    """Focused or other, in both directions, and which messages ask to a meeting, answer or call it off."""
    address = m365.new_mailbox()
    at = {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
    kinds = ("meetingRequest", "meetingTenativelyAccepted", "meetingCancelled")
    about = [{"subject": kind, "meeting": {"type": kind, **at}} for kind in kinds]
    letters = [{"subject": "A"}, {"subject": "B", "inferenceClassification": "other"}]
    ids = m365.control.receive_many(address, [*letters, *about])
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        first = await mirror.local()
        m365.control.update(address, [ids[0]], inferenceClassification="other")
        message = await mirror.message_id(ids[1])
        focused = organise.Marks(is_other=False)
        now = mirror.clock.now()
        await mirror.store.write(organise.set_marks, USER, mirror.account, message, focused, now)
        await mirror.drain.run_due()
        await mirror.pull()
        second = await mirror.local()

        assert [first[one]["is_other"] for one in ids[:2]] == [False, True]
        assert [first[one]["event"] for one in ids] == [None, None, "request", "response", "news"]
        assert [second[one]["is_other"] for one in ids[:2]] == [True, False]
        assert second == truth(m365, address)
        await mirror.check()


async def test_a_message_that_left_and_came_back_is_kept(m365: Simulator, url: str) -> None:
    """With immutable ids A to B to A is told only as a removal from A: the message is asked for by id."""
    address = m365.new_mailbox()
    m365.control.create_folder(address, "B")
    [travelling] = m365.control.receive(address, subject="Hin und zurück")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        before = await mirror.message_id(travelling)
        m365.control.move(address, [travelling], to="B")
        m365.control.move(address, [travelling], to="inbox")
        await mirror.pull()

        assert (await mirror.local())[travelling]["folder"] == "Posteingang"
        assert await mirror.message_id(travelling) == before
        await mirror.check()


async def test_a_forgotten_cursor_costs_a_full_read_and_nothing_else(m365: Simulator, url: str) -> None:
    """After 410 the folder is read from nothing; messages keep their ids, and what left meanwhile is gone."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"Brief {n}"} for n in range(120)])
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        kept = await mirror.message_id(ids[3])
        m365.control.delete(address, ids[:2], permanently=True)
        m365.control.receive(address, subject="Danach")
        m365.control.forget_tokens(address)
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        assert await mirror.message_id(ids[3]) == kept
        await mirror.check()


async def test_folders_renamed_moved_and_deleted_follow(m365: Simulator, url: str) -> None:
    """The tree looks like Microsoft's after every kind of change; mail of a deleted folder is found again."""
    address = m365.new_mailbox()
    control = m365.control
    for name in ("Alt", "Ziel", "Weg"):
        control.create_folder(address, name)
    for folder in ("Alt", "Weg"):
        control.receive_many(address, [{"subject": f"In {folder} {n}"} for n in range(5)], folder)
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        control.change_folder(address, "Alt", name="Neu")
        control.change_folder(address, "Neu", parent="Ziel")
        control.delete_folder(address, "Weg")
        await mirror.pull()
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


async def test_a_folder_destroyed_with_its_mail_is_gone(m365: Simulator, url: str) -> None:
    """Permanent deletion of a folder removes its messages here too, and no others."""
    address = m365.new_mailbox()
    m365.control.create_folder(address, "Weg")
    m365.control.receive_many(address, [{"subject": f"{n}"} for n in range(5)], "Weg")
    m365.control.receive(address, subject="Bleibt")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        m365.control.delete_folder(address, "Weg", permanently=True)
        await mirror.pull()

        assert [m["subject"] for m in (await mirror.local()).values()] == ["Bleibt"]
        assert await mirror.folder_paths() == folder_truth(m365, address)
        await mirror.check()


async def test_a_page_too_heavy_for_the_service_is_asked_for_in_smaller_pieces(
    m365: Simulator, url: str
) -> None:
    """Three 504 in a row only make the pages smaller."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 150)
    async with mirrored(m365, address, url) as mirror:
        m365.control.fail_next("GET", "*/messages/delta", status=504, code="UnknownError", times=3)
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)


async def test_attachment_lists_are_fetched_in_the_background(m365: Simulator, url: str) -> None:
    """After a pull every message's attachments are listed, nested and inline ones too."""
    address = m365.new_mailbox()
    attachments = [
        {"name": "Exposé.pdf", "contentType": "application/pdf", "text": "%PDF-1.4"},
        {"name": "Fwd.eml", "message": {"subject": "Innen", "text": "…"}},
    ]
    inline = [
        {"name": "logo.png", "contentType": "image/png", "text": "x", "contentId": "l@x", "isInline": True}
    ]
    [both] = m365.control.receive(address, subject="Zwei", attachments=attachments)
    [logo] = m365.control.receive(address, subject="Logo", html='<img src="cid:l@x">', attachments=inline)
    [none] = m365.control.receive(address, subject="Keine", text="nichts")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()

        assert [(a.name, a.kind) for a in await mirror.attachments(both) or ()] == [
            ("Exposé.pdf", "file"),
            ("Fwd.eml", "item"),
        ]
        assert [(a.name, a.content_id, a.is_inline) for a in await mirror.attachments(logo) or ()] == [
            ("logo.png", "l@x", True)
        ]
        assert await mirror.attachments(none) == ()
