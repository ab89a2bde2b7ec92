"""Searching a large mailbox: what putting a message into the index costs, and how long the mail API takes.

The messages are made here from a fixed seed: German and English words, some so often and some so rarely as
in mail, and three words to look for (one in about 5,500 messages, one in 200, one in 5). They are taken over
as a pull would, put into the index as the server does it, and asked for at the HTTP client.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.sim import running_simulator
from tests.pg import cluster
from tests.programs import start_anew

from bench.first_sync import table
from bench.process import cpu_s
from poststelle.lib.clock import SystemClock
from poststelle.lib.ids import encode_id
from poststelle.mail import indexing, ingest
from poststelle.model.account import AccountState, AccountType
from poststelle.model.folder import Role
from poststelle.model.ids import ACCOUNT, AccountId, FolderId, RemoteId
from poststelle.model.message import Address, Body
from poststelle.providers.base import DeltaPage, FolderPage, RemoteFolder, RemoteMessage
from poststelle.store import accounts, folders, open_store
from poststelle.store.tx import Store, Tx

RARE, MEDIUM, COMMON = "Zwetschgenkompott", "Lieferkettengesetz", "Rechnung"
_ONE_IN = {RARE: 5_500, MEDIUM: 200, COMMON: 5}
_PHRASE = f"{COMMON} vom Tage"
_AS_FOUND = {COMMON: _PHRASE}
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_PAGE = 500
_REPEAT = 30
_SHOWN = 50
_PROPERTIES = ["threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "size", "preview"]
_OFTEN = (
    "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an the of and"
    " to in is that for it as was with be by on not he this Termin Angebot Auftrag Kunde Vertrag Projekt"
    " Unterlagen Rückfrage Lieferung Bestellung Zahlung Frist Abteilung Geschäftsführung Größe Straße"
    " meeting proposal contract customer invoice payment deadline department"
)
_SYLLABLES = (
    "ba be bo da der du fa fen ga ger hal hei in ka ker la lan ma mel na nor per ra ros sa ser ter ver"
)


class Words:
    """Words as mail has them: few very often, many hardly ever."""

    def __init__(self, chance: random.Random) -> None:
        made = {"".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 5))) for _ in range(8_000)}
        self._words = _OFTEN.split() + sorted(made)
        self._weights = [1 / (rank + 8) ** 0.93 for rank in range(len(self._words))]
        self._chance = chance

    def some(self, count: int) -> list[str]:
        return self._chance.choices(self._words, self._weights, k=count)


def messages(count: int) -> Iterator[RemoteMessage]:
    """So many messages of about 2,800 characters, oldest first, two minutes apart."""
    chance = random.Random(1)
    words = Words(chance)
    # Choosing by weight is slow, so texts are cut from one long row of words.
    row = words.some(200_000)
    for number in range(count):
        start = chance.randrange(len(row) - 500)
        text = row[start : start + chance.randint(150, 500)]
        text += [_AS_FOUND.get(word, word) for word, often in _ONE_IN.items() if chance.randrange(often) == 0]
        yield RemoteMessage(
            remote_id=RemoteId(f"M{number}"),
            folder_id=RemoteId("inbox"),
            received_at=_BEGAN + timedelta(minutes=2 * number),
            subject=" ".join(row[start : start + 4]),
            preview=" ".join(text[:30]),
            from_=(
                Address(
                    "Jürgen Zimmermann" if number % 40 == 0 else "Anna Weber", f"a{number % 900}@b.example"
                ),
            ),
            to=(Address("Team", "desk@bench.example"),),
            thread_key=f"T{number // 2}",
            size=4000,
            is_seen=number % 10 != 0,
            body=Body("text/html", f"<html><body><p>{' '.join(text[:200])}</p><p>{' '.join(text[200:])}</p>"),
        )


def new_account(tx: Tx, address: str = "desk@bench.example") -> tuple[AccountId, FolderId]:
    """An account that nobody fetches from, with an inbox."""
    account = accounts.insert(
        tx,
        type_=AccountType.GRAPH,
        address=address,
        state=AccountState.WAITING_FOR_SIGN_IN,
        at=_BEGAN,
        by=None,
    )
    assert account
    inbox = RemoteFolder(RemoteId("inbox"), None, "Inbox", Role.INBOX, is_hidden=False, total=0, unread=0)
    ingest.apply_folder_page(tx, account.id, FolderPage((inbox,), frozenset(), None, "d"), now=_BEGAN)
    return account.id, folders.list_all(tx, account.id)[0].id


async def fill(url: str, count: int) -> tuple[str, float, float]:
    """A database with so many messages; the account's id, CPU seconds for storing and for indexing them."""

    async def nobody(_: object) -> None:
        """Nobody is told."""

    store = await open_store(url, nobody, SystemClock())
    try:
        account, inbox = await store.write(new_account)
        made = messages(count)
        stored = 0.0
        while some := [item for _, item in zip(range(_PAGE), made, strict=False)]:
            page, began = DeltaPage(tuple(some), frozenset(), "n", None), time.process_time()
            await store.write(ingest.apply_page, account, inbox, page, is_sweep=False, now=_BEGAN)
            stored += time.process_time() - began
        return encode_id(ACCOUNT, account), stored, await index(store, account)
    finally:
        await store.close()


async def index(store: Store, account: AccountId) -> float:
    """Put all in as the server does; CPU seconds."""
    began = time.process_time()
    while batch := await store.read(indexing.next_batch, account):
        await store.write(indexing.put, account, batch)
    return time.process_time() - began


def main(count: int, *, is_postgres: bool = False) -> None:
    """Measure once and print a table."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        data = folder / "server"
        data.mkdir(mode=0o700)
        url = f"sqlite:///{data / 'poststelle.db'}"
        if is_postgres:
            url = closing.enter_context(cluster()).new_database()
        account, stored, indexed = asyncio.run(fill(url, count))
        rows = [
            ("messages", f"{count:,}"),
            ("storing one, without download", f"{1e6 * stored / count:.0f} µs of our CPU"),
            ("putting one into the index", f"{1e6 * indexed / count:.0f} µs of our CPU"),
        ]
        if is_postgres:
            with psycopg.connect(url, autocommit=True) as database:
                database.execute("analyze")  # as autovacuum would
        else:
            octets = sum(file.stat().st_size for file in data.glob("*.db*"))
            rows.append(("database", f"{octets / 2**20:.0f} MiB"))
        table(rows)
        with running_server(data, simulator, POSTSTELLE_DATABASE=url, start=start_anew) as server:
            office = Office(simulator, server, Client(server.url).log_in(ADMIN, SECRET))
            office.assign(account, "anna")
            anna = office.log_in("anna")
            eventually(lambda: not anna.sync_state(account)["toIndex"])
            ask(anna, account, server.process.pid)
        table((("processors, load", f"{os.cpu_count()}, {os.getloadavg()[0]:.1f}"),))


def ask(client: Client, account: str, process: int) -> None:
    """Time each kind of list and search."""
    inbox = client.folder(account, "inbox")["id"]
    rows: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("newest 50", {}, {}),
        ("a rare word", {"text": RARE}, {}),
        ("one in 200", {"text": MEDIUM}, {}),
        ("a common word", {"text": COMMON}, {}),
        ("the same, collapsed", {"text": COMMON}, {"collapseThreads": True}),
        ("the same, without total", {"text": COMMON}, {"calculateTotal": False}),
        ("two words", {"text": f"{COMMON} {MEDIUM}"}, {}),
        ("a phrase", {"text": f'"{_PHRASE}"'}, {}),
        ("a beginning", {"text": "Rech*"}, {}),
        ("an author", {"from": "Zimmermann"}, {}),
        ("unread with a common word", {"text": COMMON, "notKeyword": "$seen"}, {}),
    ]
    for name, where, how in rows:
        show(name, client, process, calls(account, {"inMailbox": inbox, **where}, how))
    show("one in 200, 50 snippets", client, process, calls(account, {"text": MEDIUM}, {}, has_snippets=True))


def calls(
    account: str, where: dict[str, Any], how: dict[str, Any], *, has_snippets: bool = False
) -> Sequence[tuple[str, dict[str, Any], str]]:
    """What a mail list asks for, in one request."""
    listed = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
    query = {"accountId": account, "filter": where, "limit": _SHOWN, "calculateTotal": True} | how
    query["sort"] = [{"property": "receivedAt", "isAscending": False}]
    asked = [
        ("Email/query", query, "0"),
        ("Email/get", {"accountId": account, "#ids": listed, "properties": _PROPERTIES}, "1"),
    ]
    snippet = ("SearchSnippet/get", {"accountId": account, "filter": where, "#emailIds": listed}, "2")
    return [*asked, snippet] if has_snippets else asked


def show(name: str, client: Client, process: int, asked: Sequence[tuple[str, dict[str, Any], str]]) -> None:
    """Ask again and again; print the median, and what the server used for it."""
    total = client.request(*asked)["methodResponses"][0][1].get("total", "-")
    seconds, used = [], cpu_s(process)
    for _ in range(_REPEAT):
        began = time.perf_counter()
        found = client.request(*asked)["methodResponses"]
        seconds.append(time.perf_counter() - began)
        assert all(kind != "error" for kind, _, _ in found), found
    used = (cpu_s(process) - used) / _REPEAT
    table(((name, f"{1000 * statistics.median(seconds):.1f} ms, CPU {1000 * used:.1f} ms, total {total}"),))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--postgres", action="store_true", help="with a PostgreSQL of its own, without fsync")
    options = parser.parse_args()
    main(options.messages, is_postgres=options.postgres)
