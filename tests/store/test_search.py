"""The full-text index: both databases find what a plain reading of the messages finds."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import apsw
import pytest
from structlog.testing import capture_logs
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page
from tests.store.reading import Reading, fill, some_filter

from poststelle.mail import indexing, ingest, query, snippets, terms
from poststelle.mail.listing import Window
from poststelle.model.change import Published
from poststelle.model.filter import Combined, Filter, Operator
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.message import Address, Body
from poststelle.model.search import Field
from poststelle.providers.base import RemoteAttachment
from poststelle.store import accounts, attachments, bodies, open_store, search, sync_states
from poststelle.store.bodies import Packed
from poststelle.store.tx import ReadTx, Store
from poststelle.sync.indexer import Hints, Indexer

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]


async def index(mailbox: Mailbox) -> None:
    """Put in all that waits."""
    while batch := await mailbox.store.read(indexing.next_batch, mailbox.account):
        await mailbox.store.write(indexing.put, mailbox.account, batch)


async def find(
    mailbox: Mailbox, where: Filter, window: Window | None = None, **how: Any
) -> query.QueryResult:
    return await mailbox.store.read(
        query.email_query, mailbox.user, mailbox.account, where, window or Window(limit=999), **how
    )


def text(words: str, field: Field | None = None) -> Filter:
    return Filter(terms=terms.parse(words, field))


async def keys(mailbox: Mailbox, words: str, field: Field | None = None) -> set[str]:
    """The keys of the messages in which words are found."""
    found = await find(mailbox, text(words, field))
    return {await key_of(mailbox, i) for i in found.ids}


def parts(url: str) -> int:
    """How many parts a search of a SQLite index has to look into."""
    with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as database:
        [(count,)] = database.execute("select count(distinct segid) from message_words_idx")
    return int(count)


async def key_of(mailbox: Mailbox, message: MessageId) -> str:
    [found] = await mailbox.store.read(query.emails, mailbox.user, mailbox.account, [message])
    return str(found.remote_id)


LETTER = {
    "subject": "Rechnung Nr. 4711/2026 für Müller",
    "from_": (Address("Jürgen Groß", "j.gross@kunden-dienst.example"),),
    "to": (Address("", "desk@office.example"),),
    "cc": (Address("Zoë Ångström", "zoe@example.net"),),
    "bcc": (Address("", "heimlich@example.org"),),
    "body": Body("text/html", "<style>p.hidden{}</style><p>Die <b>Lie</b>ferung kommt am 3.&nbsp;Mai</p>"
                              "<p>Mit freundlichen Gr&uuml;&szlig;en</p>"),
}  # fmt: skip


CASES = [
    ("Müller", None, True), ("mueller", None, True), ("MULLER", None, True), ("Mull*", None, True),
    ("Mue*", None, True), ("Mü*", None, True), ("Mull", None, False), ("gross", None, True),
    ("Groß", None, True), ("4711", None, True), ("471*", None, True), ("4711/2026", None, True),
    ("2026/4711", None, False), ('"rechnung nr"', None, True), ('"nr rechnung"', None, False),
    ("nr rechnung", None, True), ("j.gross@kunden-dienst.example", None, True),
    ("kunden-dienst", None, True),
    ("dienst", Field.FROM, True), ("dienst", Field.TO, False), ("dienst", Field.BODY, False),
    ("office", Field.TO, True), ("Angstrom", Field.CC, True), ("heimlich", Field.BCC, True),
    ("Lieferung", None, True), ("hidden", None, False), ('"3. Mai"', Field.BODY, True),
    ("freundlichen Gruessen", Field.BODY, True), ('"mit freundl*"', None, True),
    ('"mit freundl"*', Field.BODY, True), ('"Müller Jürgen"', None, False),
    ("rechnung lieferung", None, True),
    ("rechnung lieferungen", None, False), ("rechnung", Field.SUBJECT, True), ("?!", None, False),
    ("'3. Mai'", None, True), ("„rechnung nr“", None, True),
]  # fmt: skip


async def test_words_are_found_however_they_are_written(mailbox: Mailbox) -> None:
    """Words, phrases, beginnings, numbers and addresses, in all fields or in one."""
    await mailbox.pull("Inbox", page(item("A", **LETTER)))
    await index(mailbox)

    for words, field, is_found in CASES:
        assert await keys(mailbox, words, field) == ({"A"} if is_found else set()), (words, field)


@pytest.mark.parametrize("seed", range(2))
async def test_both_databases_find_what_plain_reading_finds(mailbox: Mailbox, seed: int) -> None:
    """Whatever is combined, sorted and collapsed: ids, order, totals and anchors are those of the rule.

    The words of one mailbox come with its messages, those of the other one afterwards.
    """
    chance = random.Random(seed)
    await fill(mailbox, chance, is_prepared=seed == 1)
    await index(mailbox)
    reading = await mailbox.store.read(Reading, mailbox.account)
    for _ in range(80):
        where = some_filter(chance, mailbox)
        how = {"is_ascending": chance.random() < 0.3, "is_collapsed": chance.random() < 0.3}
        wanted, start = reading.find(where, **how), chance.randrange(4)
        found = await find(mailbox, where, Window(position=start, limit=5), is_total_wanted=True, **how)
        assert (list(found.ids), found.total) == (wanted[start : start + 5], len(wanted)), where
        if wanted:
            place = chance.randrange(len(wanted))
            found = await find(mailbox, where, Window(anchor=wanted[place], limit=2), **how)
            assert (found.position, list(found.ids)) == (place, wanted[place : place + 2]), where


async def test_the_index_follows_its_messages(mailbox: Mailbox) -> None:
    """Changed text, a listed attachment, a later arrival and a removal; thread and order as they are then."""
    await mailbox.pull("Inbox", page(item("A", subject="Erste"), item("B", minutes=1), item("C", minutes=2)))
    await index(mailbox)

    await mailbox.pull("Inbox", page(item("B", minutes=1, body=Body("text/plain", "nachgereicht"))))
    await index(mailbox)
    assert await keys(mailbox, "nachgereicht") == {"B"}

    changed = item("A", subject="Zweite", minutes=9, body=Body("text/plain", "ganz anders"))
    await mailbox.pull("Inbox", page(changed))
    file = RemoteAttachment(RemoteId("1"), "Grundriß.pdf", "application/pdf", 9, None, False, "file")
    b = await mailbox.id_of("B")
    await mailbox.store.write(attachments.set_attachments, mailbox.account, b, [file])
    await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("C"): None}, now=NOW)
    assert not (await find(mailbox, text("zweite"))).is_complete
    await index(mailbox)

    assert await keys(mailbox, "Erste") == set()
    assert await keys(mailbox, "zweite") == await keys(mailbox, "ganz anders") == {"A"}
    assert await keys(mailbox, "grundriss.pdf") == await keys(mailbox, "grundr*", Field.FILES) == {"B"}
    assert await keys(mailbox, "subject") == {"B"}
    found = await find(mailbox, text("desk@office.example"))
    assert [await key_of(mailbox, i) for i in found.ids] == ["A", "B"]
    assert found.is_complete


async def test_a_batch_that_was_overtaken_settles_no_later_change(mailbox: Mailbox) -> None:
    """Two read the same change; one puts it in, the message changes again, then the other is done."""
    await mailbox.pull("Inbox", page(item("A", subject="Alt")))
    await index(mailbox)
    await mailbox.pull("Inbox", page(item("A", subject="Mittel")))
    slow, quick = [await mailbox.store.read(indexing.next_batch, mailbox.account) for _ in range(2)]
    assert slow is not None and quick is not None

    await mailbox.store.write(indexing.put, mailbox.account, quick)
    await mailbox.pull("Inbox", page(item("A", subject="Neu")))
    await mailbox.store.write(indexing.put, mailbox.account, slow)
    await index(mailbox)

    assert (await keys(mailbox, "Neu"), await keys(mailbox, "Mittel")) == ({"A"}, set())


async def test_what_changes_while_a_batch_is_under_way_is_not_lost(mailbox: Mailbox) -> None:
    """Read, then changed or removed, then put in: the change stays due; a batch put in twice does nothing."""
    await mailbox.pull("Inbox", page(item("A", subject="Alt"), item("B", subject="Alt")))
    for first, second in (("Alt", "Mittel"), ("Mittel", "Neu")):
        batch = await mailbox.store.read(indexing.next_batch, mailbox.account)
        assert batch is not None
        await mailbox.pull("Inbox", page(item("A", subject=second)))
        if first == "Mittel":
            await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("B"): None}, now=NOW)
        for _ in range(2):
            await mailbox.store.write(indexing.put, mailbox.account, batch)
        assert await mailbox.store.read(indexing.next_batch, mailbox.account) is not None
    await index(mailbox)

    assert await keys(mailbox, "Neu") == {"A"}
    assert await keys(mailbox, "Alt") == await keys(mailbox, "Mittel") == set()
    assert (await mailbox.store.read(search.progress, mailbox.account)).indexed == 1


async def test_what_comes_with_its_words_is_found_at_once(mailbox: Mailbox) -> None:
    """What comes without them is found when the indexer has met it, whether before it or beside it."""
    await mailbox.pull("Inbox", page(item("Early")))
    broken = Body("text/html", "<p>Sch\ud800ön</p>")
    ready = [
        item("A", body=broken),
        item("Twice", subject="Eins"),
        item("Twice", subject="Zwei"),
        item("Bare", body=None),
    ]
    await mailbox.pull("Inbox", page(*ready, more=True), is_prepared=True)
    assert await keys(mailbox, "subject") == {"A"}
    assert not (await find(mailbox, text("subject"))).is_complete
    await index(mailbox)

    assert await keys(mailbox, "subject") == {"Early", "A", "Bare"}
    assert await keys(mailbox, "zwei") == {"Twice"}
    assert (await find(mailbox, text("subject"))).is_complete
    stored = await mailbox.store.read(bodies.get, mailbox.account, await mailbox.id_of("A"))
    assert stored == Body("text/html", "<p>Sch\ufffdön</p>")


async def test_mail_that_comes_in_holds_up_no_batch(mailbox: Mailbox) -> None:
    """What was noted, and what is older than the index, goes in although new mail was put in meanwhile."""
    await mailbox.pull("Inbox", page(item("A"), item("B", minutes=1)), is_prepared=True)
    await mailbox.pull("Inbox", page(item("A", body=Body("text/plain", "anders"))))
    noted = await mailbox.store.read(indexing.next_batch, mailbox.account)
    await mailbox.pull("Inbox", page(item("C", minutes=2)), is_prepared=True)
    assert noted is not None
    await mailbox.store.write(indexing.put, mailbox.account, noted)

    assert await keys(mailbox, "anders") == {"A"}
    assert await keys(mailbox, "subject") == {"A", "B", "C"}
    assert await mailbox.store.read(search.accounts) == []


async def test_where_much_waits_the_indexer_does_it_all(mailbox: Mailbox) -> None:
    """Of many that wait nothing is noted, and the newest message is not put in before them."""
    many = [item(f"M{n}", minutes=n, body=None) for n in range(501)]
    await mailbox.pull("Inbox", page(*many))
    await mailbox.pull("Inbox", page(item("New", minutes=999)), is_prepared=True)
    assert await keys(mailbox, "subject") == set()
    await index(mailbox)

    found = await find(mailbox, text("subject"), Window(limit=5_000))
    assert len(set(found.ids)) == len(found.ids) == 502


async def test_the_index_is_put_together_and_finds_the_same(mailbox: Mailbox, url: str) -> None:
    """A dozen commits leave a dozen parts on SQLite, and one when it was tidied. PostgreSQL needs nothing."""
    for n in range(12):
        await mailbox.pull("Inbox", page(item(f"M{n}", minutes=n)), is_prepared=True)
    if url.startswith("sqlite"):
        assert parts(url) == 12
    while await mailbox.store.write(search.tidy):
        pass

    if url.startswith("sqlite"):
        assert parts(url) == 1
    assert await keys(mailbox, "subject") == {f"M{n}" for n in range(12)}


async def test_older_mail_is_put_in_after_new_mail_and_can_resume(mailbox: Mailbox) -> None:
    """What was there before the index comes newest first; nobody says that all is found yet."""
    await mailbox.pull("Inbox", page(*(item(f"M{n}", minutes=n) for n in range(6))))
    before = await mailbox.store.read(lambda tx: tx.one("get_message_bounds", account=mailbox.account))
    assert before is not None
    facts = {"account": mailbox.account, "low": before["highest"], "high": before["highest"], "indexed": 0}
    await mailbox.store.write(lambda tx: tx.run("set_search_progress", **facts))
    await mailbox.pull("Inbox", page(item("New", minutes=9)))
    seen = []
    while batch := await mailbox.store.read(indexing.next_batch, mailbox.account, 2):
        assert not (await find(mailbox, text("subject"))).is_complete
        assert await mailbox.store.read(search.accounts) == [mailbox.account]
        await mailbox.store.write(indexing.put, mailbox.account, batch)
        seen.append(await keys(mailbox, "subject"))

    assert seen == [{"New"}, {"New", "M5", "M4"}, {"New", *(f"M{n}" for n in range(2, 6))},
                    {"New", *(f"M{n}" for n in range(6))}]  # fmt: skip
    assert (await find(mailbox, text("subject"))).is_complete
    assert await mailbox.store.read(search.accounts) == []


async def test_a_second_holds_any_number_of_messages(mailbox: Mailbox) -> None:
    """More messages of one second than numbers in it: each is found, once, and those before and after too."""
    crowd = [item(f"M{n}", minutes=1, body=None) for n in range(1_100)]
    await mailbox.pull("Inbox", page(item("Before"), *crowd, item("After", minutes=2)))
    await index(mailbox)

    found = await find(mailbox, text("subject"), Window(limit=5_000))
    assert len(set(found.ids)) == len(found.ids) == 1_102
    assert found.ids[0] == await mailbox.id_of("After")
    assert found.ids[-1] == await mailbox.id_of("Before")


async def test_accounts_do_not_find_each_others_mail(store: Store, mailbox: Mailbox) -> None:
    """The same words in two accounts; one of them goes, and its words with it."""
    account, user, folder_ids = await store.write(create, "other@office.example")
    other = Mailbox(store, account, user, folder_ids)
    for one, key in ((mailbox, "A"), (other, "B")):
        await one.pull("Inbox", page(item(key), item(f"{key}2")))
        await index(one)
    assert await keys(mailbox, "subject") == {"A", "A2"}
    assert await keys(other, "subject") == {"B", "B2"}

    await store.write(accounts.destroy, account)

    assert not await store.read(search.has_gone)
    assert await store.read(documents_of, account) == 0
    assert await keys(mailbox, "subject") == {"A", "A2"}


async def test_words_of_a_large_account_go_a_portion_at_a_time(mailbox: Mailbox) -> None:
    """After its own transaction, which would take too long with them."""
    await mailbox.pull("Inbox", page(*(item(f"M{n}", body=None) for n in range(5))))
    await index(mailbox)

    await mailbox.store.write(search.go, mailbox.account, 3)
    assert await mailbox.store.read(documents_of, mailbox.account) == 2
    removed = [await mailbox.store.write(search.forget_gone, 1) for _ in range(3)]

    assert removed == [1, 1, 0]
    assert not await mailbox.store.read(search.has_gone)
    await mailbox.store.write(accounts.destroy, mailbox.account)


def documents_of(tx: ReadTx, account: AccountId) -> int:
    """How many of the account's messages are in the index."""
    return len(tx.all("list_documents_of", account=account, limit=10_000))


async def test_changes_of_a_search_are_not_told(mailbox: Mailbox) -> None:
    """The index follows later than the change log says: its lists have states of their own, no changes."""
    await mailbox.pull("Inbox", page(item("A")))
    before = (await find(mailbox, text("subject"))).state
    await index(mailbox)
    after = (await find(mailbox, text("subject"))).state
    assert before != after
    ask = query.email_query_changes
    negated = Filter(parts=(Combined(Operator.NOT, (text("subject"),)),))
    for where in (text("subject"), negated):
        assert await mailbox.store.read(ask, mailbox.user, mailbox.account, where, after) is None


async def test_a_snippet_shows_what_was_found(mailbox: Mailbox) -> None:
    """Subject and passage, escaped, with every way to write the word marked; nothing where nothing is."""
    filler = "Wort " * 200
    body = Body(
        "text/html", f"<p>{filler}</p><p>Frau Mu&#776;ller &amp; Herr <b>MUELLER</b> &lt;b&gt;</p>{filler}"
    )
    await mailbox.pull("Inbox", page(item("A", subject="An <Müller> & Söhne", body=body), item("B")))
    a, b = await mailbox.id_of("A"), await mailbox.id_of("B")

    async def snippet(words: str, field: Field | None = None) -> Any:
        where = Filter(parts=(Combined(Operator.AND, (text(words, field),)),))
        return await mailbox.store.read(snippets.snippets, mailbox.user, mailbox.account, where, [b, a])

    found = await snippet("mull*")
    assert found[b] == snippets.Snippet(None, None)
    assert found[a].subject == "An &lt;<mark>Müller</mark>&gt; &amp; Söhne"
    assert "Frau <mark>Mu\u0308ller</mark> &amp; Herr <mark>MUELLER</mark> &lt;b&gt; Wort" in found[a].preview
    assert len(found[a].preview.encode()) <= 255
    assert (await snippet("muller", Field.SUBJECT))[a].preview is None
    assert "<mark>Herr MUELLER</mark>" in (await snippet('"herr müller"'))[a].preview


async def test_the_indexer_follows_every_commit(url: str, clock: FakeClock) -> None:
    """What is stored is found a moment later though nobody searches; what was there at the start too."""
    hints = Hints()

    async def publish(published: Sequence[Published]) -> None:
        hints.hear(published)

    store = await open_store(url, publish, clock)
    account, user, folder_ids = await store.write(create)
    mailbox = Mailbox(store, account, user, folder_ids)
    await mailbox.pull("Inbox", page(item("Before")))
    hints.take()
    running = asyncio.create_task(Indexer(store, hints).run())
    try:
        for key, said in (("Before", "before"), ("After", "after")):
            await mailbox.pull("Inbox", page(item(key)))
            for _ in range(500):
                await asyncio.sleep(0.02)
                if await store.read(search.is_complete, account):
                    break
            assert await keys(mailbox, said) == {key}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()


async def test_a_message_that_breaks_the_indexing_is_found_by_what_does_not(mailbox: Mailbox) -> None:
    """It is left alone with its text after a second look, told once and without content; all others go in."""
    await mailbox.pull("Inbox", page(*(item(f"M{n}", body=Body("text/plain", "Inhalt")) for n in range(9))))
    broken = [(await mailbox.id_of("M4"), Packed("text/plain", b"not compressed"))]
    await mailbox.store.write(bodies.upsert_many, mailbox.account, broken)
    indexer = Indexer(mailbox.store, Hints())
    with capture_logs() as logs:
        await indexer.run_due()
        await indexing.catch_up(mailbox.store, mailbox.user, mailbox.account)  # a search, which goes on
        assert not (await find(mailbox, text("subject"))).is_complete
        await indexer.run_due()

    assert (await find(mailbox, text("subject"))).is_complete
    assert await keys(mailbox, "subject") == {f"M{n}" for n in range(9)}
    assert await keys(mailbox, "inhalt") == {f"M{n}" for n in range(9)} - {"M4"}
    [told] = [entry for entry in logs if entry["log_level"] != "debug"]
    assert (told["event"], told["without"], told["error"]) == ("search.left_out", "text", "error")
    await mailbox.pull("Inbox", page(item("M4", body=Body("text/plain", "wieder heil"))))
    await indexer.run_due()
    assert await keys(mailbox, "heil") == {"M4"}


async def test_large_messages_make_small_batches(mailbox: Mailbox) -> None:
    """Also where little of them is text, and when they have changed: no batch reads much more than others."""
    empty = Body("text/html", f"<!--{'x' * 2_500_000}-->")
    await mailbox.pull("Inbox", page(*(item(key, body=empty) for key in "ABC"), item("D")))
    sizes = []
    for _ in range(2):
        while batch := await mailbox.store.read(indexing.next_batch, mailbox.account):
            sizes.append((len(batch.contents), batch.is_last))
            await mailbox.store.write(indexing.put, mailbox.account, batch)
        ids = [await mailbox.id_of(key) for key in "ABCD"]
        await mailbox.store.write(search.note, mailbox.account, ids)

    assert sizes == [(2, False), (2, True), (3, False), (1, True)]  # what is due is put in newest first


async def test_what_is_too_long_for_one_database_is_too_long_for_both(mailbox: Mailbox) -> None:
    """More different words than PostgreSQL can tell apart: who it is to is found, the text's end is not."""
    letters = [chr(0x10330 + n) for n in range(27)]  # four octets each

    def words(first: str, number: int) -> list[str]:
        chance = random.Random(first)
        return [first + "".join(chance.choices(letters, k=40)) for _ in range(number)]

    to, said = words("n", 2_900), words("t", 4_800)
    people = tuple(Address(name, "") for name in to)
    await mailbox.pull(
        "Inbox", page(item("A", to=people, body=Body("text/plain", " ".join(said))), item("B"))
    )
    await index(mailbox)

    for word in (to[0], to[1_500], to[-1], said[0]):
        assert await keys(mailbox, word) == {"A"}
    for word in (said[-1], said[-500]):
        assert await keys(mailbox, word) == set()


async def test_a_search_in_a_mailbox_that_is_still_coming_in_is_not_whole(mailbox: Mailbox) -> None:
    """Though every message that is here is indexed."""
    await mailbox.pull("Inbox", page(item("A", **LETTER)))
    await index(mailbox)
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    found = await find(mailbox, text("müller"))

    assert (len(found.ids), found.is_complete) == (1, False)
