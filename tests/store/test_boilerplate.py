"""Signatures and templates: whose they are, which one ends a letter, and what other programs are told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, create

from poststelle.access import users as people
from poststelle.blobs import DirectoryBlobs
from poststelle.mail import uploads
from poststelle.mail.blobs import open_upload
from poststelle.model.boilerplate import Boilerplate, BoilerplateKind, Owner, Recipients
from poststelle.model.draft import Octets
from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound
from poststelle.model.ids import AccountId, BoilerplateId, UserId
from poststelle.model.message import Address
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.store import accounts, addresses, boilerplate, grants, identity_texts, users
from poststelle.store.identity_texts import NO_SIGNATURE
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.submission import boilerplate as keeping
from poststelle.submission import boilerplate_files as files
from poststelle.submission import identities, signing
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio

SIGNATURE, TEMPLATE = BoilerplateKind.SIGNATURE, BoilerplateKind.TEMPLATE
ADDRESS = "desk@office.example"


async def office(store: Store) -> tuple[AccountId, UserId, UserId]:
    """A mailbox, somebody who sends there, and somebody who manages it."""

    def more(tx: Tx, account: AccountId) -> UserId:
        held = accounts.get(tx, account)
        assert held is not None
        addresses.set_all(tx, account, [held.address], NOW)
        chief = User(users.reserve_id(tx), "chefin", "Die Chefin", "", True, False, None, Theme.SYSTEM, NOW)
        users.insert(tx, chief, None)
        grants.upsert(tx, Grant(account, chief.id, Level.MANAGE), at=NOW, by=None)
        return chief.id

    account, user, _ = await store.write(create)
    await store.write(lambda tx: grants.upsert(tx, Grant(account, user, Level.SEND), at=NOW, by=None))
    return account, user, await store.write(more, account)


def sign(tx: Tx, /, user: UserId, account: AccountId | None, name: str, **said: object) -> Boilerplate:
    """Keep a signature that says its name, in bold."""
    facts = {"name": name, "html": f"<p><b>{name}</b></p>", "plain": name} | said
    return keeping.create(tx, user, account, SIGNATURE, facts, NOW)


def ends(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, str]:
    """The names of the signatures of new letters and of answers, from the account's own address."""
    shelf = signing.shelf(tx, user, account)
    names = {one.id: one.name for one in (*shelf.shared, *shelf.own)}
    first = shelf.addresses[0]
    return (
        names[first.signature] if first.signature else "",
        names[first.answer_signature] if first.answer_signature else "",
    )


async def address_of(store: Store, account: AccountId) -> str:
    held = await store.read(accounts.get, account)
    assert held is not None
    return held.address


async def test_the_choice_goes_before_the_mailbox_and_that_before_ones_own(store: Store) -> None:
    """One's own default counts where the mailbox has none; what was chosen goes before all."""
    account, user, chief = await office(store)
    email = await address_of(store, account)
    seen = [await store.read(ends, user, account)]
    own = await store.write(sign, user, None, "Eigene", is_default=True, is_answer_default=True)
    seen.append(await store.read(ends, user, account))
    await store.write(sign, chief, account, "Haus", is_default=True)
    seen.append(await store.read(ends, user, account))
    await store.write(signing.choose, user, account, email, own.id, NO_SIGNATURE)
    seen.append(await store.read(ends, user, account))
    await store.write(keeping.remove, user, own.id, NOW)
    seen.append(await store.read(ends, user, account))

    assert seen == [("", ""), ("Eigene", "Eigene"), ("Haus", ""), ("Eigene", ""), ("Haus", "")]


async def test_a_new_default_takes_the_place_of_the_old(store: Store) -> None:
    """One default for new letters and one for answers; of a template there is none."""
    _, user, _ = await office(store)
    first = await store.write(sign, user, None, "Eins", is_default=True, is_answer_default=True)
    second = await store.write(sign, user, None, "Zwei", is_default=True)
    text = {"name": "Eins", "html": "<p>x</p>", "subject": "Besichtigung", "is_default": True}
    await store.write(keeping.create, user, None, TEMPLATE, text, NOW)
    held = await store.read(keeping.own, user)

    assert [(one.name, one.is_default, one.is_answer_default) for one in held] == [
        ("Eins", False, True),
        ("Zwei", True, False),
        ("Eins", False, False),
    ]
    assert (first.owner, second.owner) == (Owner(user, None), Owner(user, None))


async def test_who_manages_the_mailbox_keeps_what_is_its(store: Store, clock: FakeClock) -> None:
    """Others use it; who is not assigned learns of nothing, and nobody changes what is somebody else's."""
    account, user, chief = await office(store)
    stranger = User(UserId(99), "fremd", "Fremd", "", True, False, None, Theme.SYSTEM, NOW)
    await store.write(lambda tx: users.insert(tx, stranger, None))
    house = await store.write(sign, chief, account, "Haus")
    own = await store.write(sign, user, None, "Eigene")

    kept = await store.read(keeping.of_mailbox, user, account)
    assert ([one.name for one in kept.boilerplate], kept.may_change) == (["Haus"], False)
    for who, id_, refusal in (
        (user, house.id, NotAllowed),
        (99, house.id, NotFound),
        (chief, own.id, NotFound),
    ):
        with pytest.raises(refusal):
            await store.write(keeping.change, UserId(who), id_, {"name": "Neu"}, clock.now())
        with pytest.raises(refusal):
            await store.write(keeping.remove, UserId(who), id_, clock.now())
    with pytest.raises(NotAllowed):
        await store.write(sign, user, account, "Meins")
    with pytest.raises(NotFound):
        await store.read(keeping.of_mailbox, UserId(99), account)
    changed = await store.write(keeping.change, chief, house.id, {"html": "", "plain": "Haus\0"}, NOW)
    assert (changed.html, changed.plain) == ("", "Haus\ufffd")


async def test_what_does_not_fit_is_refused(store: Store) -> None:
    """Names are there and differ, texts have an end, and so has their number."""
    account, user, _ = await office(store)
    await store.write(sign, user, None, "Eins")
    for said in (
        {"name": "eins"},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "y", "html": "x" * 400_001},
    ):
        with pytest.raises(Invalid):
            await store.write(sign, user, None, **said)
    with pytest.raises(Invalid):
        await store.write(
            signing.choose, user, account, await address_of(store, account), BoilerplateId(77), None
        )
    with pytest.raises(NotFound):
        await store.write(signing.choose, user, account, "wer@anders.example", None, None)

    def fill(tx: Tx) -> None:
        for number in range(keeping.MOST[SIGNATURE] - 1):
            boilerplate.insert(tx, Boilerplate(BoilerplateId(0), SIGNATURE, Owner(user, None), f"n{number}"))

    await store.write(fill)
    with pytest.raises(Conflict):
        await store.write(sign, user, None, "Eine zu viel")
    [one] = await store.read(identities.list_all, user, account, NOW)
    with pytest.raises(Conflict):  # nor by another mail program
        await store.write(identities.change, user, account, one.id, {"text_signature": "Eine zu viel"}, NOW)


async def test_a_template_has_recipients_and_a_signature_has_none(store: Store) -> None:
    """Each field by itself; what nobody can write to is refused."""
    _, user, _ = await office(store)
    said = {"name": "Termin", "to": [("Anna", "a@office.example")], "bcc": [("", "b@office.example")]}
    made = await store.write(keeping.create, user, None, TEMPLATE, said, NOW)
    changed = await store.write(keeping.change, user, made.id, {"bcc": []}, NOW)
    [kept] = await store.read(keeping.own, user)
    assert (changed, kept.recipients) == (kept, Recipients(to=(Address("Anna", "a@office.example"),)))
    with pytest.raises(Invalid):
        await store.write(keeping.change, user, made.id, {"cc": [("", "nobody")]}, NOW)
    signature = await store.write(sign, user, None, "Eins", to=[("", "a@office.example")])
    assert signature.recipients == Recipients()


async def test_files_of_a_template_are_counted_and_go_with_it(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """Rights as for the template; a letter gets them as uploads; octets stay until nothing keeps them."""
    account, user, chief = await office(store)
    blobs = DirectoryBlobs(tmp_path / "blobs", clock)
    put = await blobs.put(_octets("Hausordnung"))
    octets = Octets(put.sha256, put.size)
    house = await store.write(keeping.create, chief, account, TEMPLATE, {"name": "Haus"}, NOW)
    with pytest.raises(NotAllowed):
        await store.write(files.add, user, house.id, "a.pdf", "application/pdf", octets, NOW)
    made = await store.write(files.add, chief, house.id, "../a\u202e.pdf", "application/pdf", octets, NOW)
    [kept] = made.files
    assert kept.name == "a.pdf"
    assert await store.read(files.room, chief, house.id) == files.MOST_OCTETS - put.size

    [brought] = await files.bring(store, blobs, user, account, house.id, clock.now())
    opened = await open_upload(store, blobs, user, account, brought.upload, clock.now())
    assert b"".join([chunk async for chunk in opened.chunks]) == b"Hausordnung"
    with pytest.raises(NotFound):
        await files.opened(store, blobs, UserId(99), house.id, kept.id)

    await store.write(uploads.forget_old, clock.now() + timedelta(days=2))
    keeper = Housekeeper(store, blobs, clock)
    clock.advance(7_200)
    assert (await keeper.destroy_loose(), await blobs.exists(put.sha256)) == (0, True)
    await store.write(keeping.remove, chief, house.id, NOW)
    assert (await keeper.destroy_loose(), await blobs.exists(put.sha256)) == (1, False)


async def test_files_of_templates_have_an_end(store: Store) -> None:
    """By number, by size of one template, and by what an owner has; signatures have none."""
    _, user, _ = await office(store)
    one = await store.write(keeping.create, user, None, TEMPLATE, {"name": "Eins"}, NOW)
    signature = await store.write(sign, user, None, "Eins")

    def add(tx: Tx, id_: BoilerplateId, size: int) -> None:
        files.add(tx, user, id_, "a.bin", "x/y", Octets("0" * 64, size), NOW)

    with pytest.raises(Invalid):
        await store.write(add, signature.id, 1)
    with pytest.raises(Conflict):
        await store.write(add, one.id, files.MOST_OCTETS + 1)
    for _ in range(files.MOST_FILES):
        await store.write(add, one.id, 1)
    with pytest.raises(Conflict):
        await store.write(add, one.id, 1)
    for number in range(files.MOST_OCTETS_OF_ONE_OWNER // files.MOST_OCTETS):
        more = await store.write(keeping.create, user, None, TEMPLATE, {"name": f"n{number}"}, NOW)
        room = await store.read(files.room, user, more.id)
        await store.write(add, more.id, room)
    last = await store.write(keeping.create, user, None, TEMPLATE, {"name": "Letzter"}, NOW)
    with pytest.raises(Conflict):
        await store.read(files.room, user, last.id)


async def _octets(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def test_other_programs_are_told_the_same_filled_in(store: Store) -> None:
    """Identity/get says how new letters end; what a program sets is for its address alone."""
    account, user, chief = await office(store)
    said = {"html": "<p>{{name}}, {{Datum}}</p><p>Tel. {{Telefon}}</p>", "plain": "{{name}}\nTel. {{phone}}"}
    house = await store.write(sign, chief, account, "Haus", is_default=True, **said)
    await store.write(
        lambda tx: people.change_oneself(tx, user, phone="030 1", position="", language="de", now=NOW)
    )
    [one] = await store.read(identities.list_all, user, account, NOW)
    person = await store.read(users.get, user)
    assert person is not None
    assert one.text_signature == f"{person.name}\nTel. 030 1"
    assert one.html_signature == f"<p>{person.name}, 01.09.2026</p><p>Tel. 030 1</p>"

    for html in ("<p>Von mir</p>", "<p>Von mir!</p>"):
        await store.write(identities.change, user, account, one.id, {"html_signature": html}, NOW)
    [set_] = await store.read(identities.list_all, user, account, NOW)
    own = await store.read(keeping.own, user)
    assert (set_.html_signature, set_.text_signature) == ("<p>Von mir!</p>", one.text_signature)
    assert [(mine.owner, mine.html) for mine in own] == [(Owner(user, account), "<p>Von mir!</p>")]
    assert await store.read(ends, user, account) == (own[0].name, own[0].name)

    nothing = {"html_signature": "", "text_signature": ""}
    await store.write(identities.change, user, account, one.id, nothing, NOW)
    assert await store.read(ends, user, account) == ("", "")
    assert await store.read(keeping.own, user) == []
    assert await store.read(boilerplate.get, house.id) == house


async def test_signatures_of_before_are_kept(store: Store, url: str) -> None:
    """What was set for an address becomes a signature of its user's, chosen there; new ids follow."""
    account, user, _ = await office(store)
    email = (await address_of(store, account)).casefold()
    await store.write(identity_texts.put, account, user, email, identity_texts.IdentityTexts(name="Büro"))
    step = Path(__file__).parents[2] / "src/poststelle/store/migrations/0025_boilerplate_and_receipts.sql"
    for undo in (
        "drop table boilerplate_files",
        "drop table boilerplate",
        "alter table users drop column phone",
        "alter table users drop column position",
        "alter table identity_texts drop column signature_id",
        "alter table identity_texts drop column answer_signature_id",
        "alter table identity_texts add column text_signature text not null default ''",
        "alter table messages drop column receipt",
        "alter table identity_texts add column html_signature text not null default ''",
        "update identity_texts set text_signature = 'Gruß', html_signature = '<p>Gruß</p>'",
    ):
        run_sql(url, undo)
    for statement in step.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            run_sql(url, statement)
    run_sql(url, "alter table boilerplate add column recipients text")

    [one] = await store.read(identities.list_all, user, account, NOW)
    new = await store.write(sign, user, None, "Neu")
    [kept, _] = await store.read(keeping.own, user)
    assert (one.name, one.text_signature, one.html_signature) == ("Büro", "Gruß", "<p>Gruß</p>")
    assert (kept.owner, kept.name, kept.id < new.id) == (Owner(user, account), email, True)
    assert await store.read(ends, user, account) == (email, email)
