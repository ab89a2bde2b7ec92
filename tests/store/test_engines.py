"""Transactions, ids and named statements behave the same on both databases."""

import asyncio
import re
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.databases import run_sql
from tests.pg import Cluster
from tests.store.conftest import NOW, FakeClock, Listener
from tests.store.mailbox import Mailbox, create, item, page

from poststelle.lib.database import DatabaseOptions
from poststelle.model.account import AccountState, AccountType
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level, Scope
from poststelle.store import accounts, folders, holders, memberships, messages, open_store, page_files, users
from poststelle.store.bodies import Packed
from poststelle.store.engines.base import Halted
from poststelle.store.engines.sqlite import SqliteEngine, connect
from poststelle.store.invariants import RULES
from poststelle.store.opening import create_schema
from poststelle.store.page_files import PageFile
from poststelle.store.queries import Query, Where, for_psycopg, for_sqlite, neutral, parse, plain
from poststelle.store.scoped import ScopedStore
from poststelle.store.sequences import next_id
from poststelle.store.tx import Check, ReadTx, Store, Tx

pytestmark = pytest.mark.anyio

_TABLES = (
    "messages|folder_messages|threads|bodies|attachments|message_blobs|changes|writeback_ops|submissions"
    "|archive_entries|archive_due"
)


@pytest.mark.pooled
async def test_a_sequence_never_hands_out_a_number_twice(store: Store) -> None:
    """Forty writers at once get forty different numbers, without a gap."""
    numbers = await asyncio.gather(*(store.write(next_id, "users") for _ in range(40)))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.parametrize("by_rows", [False, True])
async def test_a_newer_program_makes_a_table_wider_under_one_that_runs(
    postgres_url: str, listener: Listener, clock: FakeClock, by_rows: bool
) -> None:
    """What was prepared for the table as it was is prepared anew, in reads and writes alike."""
    store = await open_store(postgres_url, listener, clock, options=DatabaseOptions(connections=2))
    write = store.write_by_rows if by_rows else store.write
    await store.write(holders.beat, "this one")
    for _ in range(8):
        assert len(await write(_names)) == len(await store.read(_names)) == 1
    run_sql(postgres_url, "alter table holders add column newer bigint not null default 0")
    for _ in range(8):
        assert len(await write(_names)) == len(await store.read(_names)) == 1
    await store.close()


async def test_what_could_not_be_prepared_is_prepared_the_next_time(
    postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """A newer program's step holds a table and wants another: of the two that wait, ours gives way."""
    store = await open_store(postgres_url, listener, clock, options=DatabaseOptions(connections=2))
    account, _, folder_ids = await store.write(create)

    def put(tx: Tx, files: int) -> None:
        page_files.put(tx, [(f"f{n}", PageFile(b"x", b"y")) for n in range(files)], NOW)

    def both(tx: Tx) -> None:
        folders.set_due(tx, account, folder_ids["Inbox"], NOW)
        put(tx, 3)

    await store.write(put, 1)  # so the driver has met the statement already
    with psycopg.connect(postgres_url) as step:
        step.execute("set deadlock_timeout = '60s'")
        step.execute("lock table page_files in access exclusive mode")
        ours = asyncio.ensure_future(store.write(both))
        waiting = "select 1 from pg_locks where not granted"
        while not await asyncio.to_thread(run_sql, postgres_url, waiting):
            pass
        await asyncio.to_thread(step.execute, "lock table folders in access exclusive mode")
    await ours
    for _ in range(8):
        await store.write(put, 3)
    await store.close()


def _names(tx: ReadTx) -> list[str]:
    """By the statement that asks for every column."""
    return [str(row["name"]) for row in tx.all("list_holders")]


@pytest.mark.pooled
async def test_writes_by_rows_lose_nothing(store: Store) -> None:
    """Forty at once, each a number more than the one before; one that fails changes nothing."""
    numbers = await asyncio.gather(*(store.write_by_rows(next_id, "users") for _ in range(40)))
    assert sorted(numbers) == list(range(1, 41))

    def fail(tx: Tx) -> None:
        next_id(tx, "users")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await store.write_by_rows(fail)
    assert await store.write(next_id, "users") == 41


@pytest.mark.pooled
async def test_a_failed_write_changes_nothing(store: Store) -> None:
    """An exception rolls everything back and reaches the caller."""

    def fail(tx: Tx) -> None:
        next_id(tx, "users")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await store.write(fail)
    assert await store.write(next_id, "users") == 1


def endless(tx: ReadTx, account: AccountId) -> None:
    """One statement that takes hours."""
    slow = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 99999999999)"
    where = Where(f"and exists ({slow} select 1 from n where i < 0)", {})
    beyond = dict.fromkeys(("seen", "flagged", "draft", "answered", "forwarded", "attachment"), -1)
    asked = beyond | {"account": account, "after": -1, "before": 2**62, "others": [], "where": where}
    tx.one("count_account_matching", **asked)


def toil(check: Check) -> None:
    """Work of Python's own without an end."""
    while True:
        check()


@pytest.mark.pooled
async def test_a_read_of_a_user_has_an_end(url: str, listener: Listener, clock: FakeClock) -> None:
    """It is told to be too long; the thread and the connection are good for the next one. So has what
    Python does without the database, or between two statements."""
    store = await open_store(url, listener, clock, read_s=0.2)
    account, user, folders = await store.write(create)
    await Mailbox(store, account, user, folders).pull("Inbox", page(item("1")))
    theirs = ScopedStore(store, Scope(Level.READ, None)).on_behalf(user)
    for _ in range(3):
        with pytest.raises(TooMany) as refused:
            await asyncio.wait_for(theirs.read(endless, account), 60)
        assert refused.value.code == "takes_too_long"
    for work in (theirs.work(toil), theirs.read(lambda tx: toil(tx.check))):
        with pytest.raises(TooMany):
            await asyncio.wait_for(work, 60)
    assert await theirs.read(messages.get_many, account, []) == []
    await store.close()


async def test_one_user_takes_no_threads_from_others(mailbox: Mailbox) -> None:
    """Twenty reads without an end leave room for others; they end with who waits for them, and the rest
    when the store is closed."""
    await mailbox.pull("Inbox", page(item("1")))
    theirs = mailbox.store.on_behalf(mailbox.user)
    others = mailbox.store.on_behalf(UserId(mailbox.user + 1))
    for _ in range(2):
        reads = [asyncio.create_task(theirs.read(endless, mailbox.account)) for _ in range(20)]
        for _ in range(3):
            assert await asyncio.wait_for(others.read(messages.get_many, mailbox.account, []), 60) == []
        for read in reads:
            read.cancel()
        await asyncio.wait(reads)
        assert await asyncio.wait_for(theirs.read(messages.get_many, mailbox.account, []), 60) == []


@pytest.mark.pooled
async def test_an_end_does_not_wait_for_reads(url: str, listener: Listener, clock: FakeClock) -> None:
    """Also not for those that nobody has limited; what waits for a thread is not begun any more."""
    store = await open_store(url, listener, clock)
    account, user, folders = await store.write(create)
    await Mailbox(store, account, user, folders).pull("Inbox", page(item("1")))
    both = (store, store.on_behalf(user))
    reads = [
        asyncio.create_task(read) for one in both for read in (one.read(endless, account), one.work(toil))
    ]
    await asyncio.sleep(0.1)
    await asyncio.wait_for(store.close(), 60)
    assert all(
        isinstance(one, Halted | TooMany | asyncio.CancelledError)
        for one in await asyncio.gather(*reads, return_exceptions=True)
    )


async def test_only_what_may_be_lost_does_not_wait_for_the_disk(
    url: str, listener: Listener, clock: FakeClock
) -> None:
    """A fleeting write is seen at once; the next one waits for the disk as all others do."""
    durable = "&options=-csynchronous_commit%3Don" if url.startswith("postgresql") else ""
    store = await open_store(url + durable, listener, clock)  # tests' PostgreSQL waits for nothing
    seen: list[bool] = []

    def wait(tx: Tx) -> int:
        seen.append(is_waiting(tx))
        return next_id(tx, "users")

    assert await store.write(wait) == 1
    assert await store.write_fleeting(wait) == 2
    with pytest.raises(ZeroDivisionError):
        await store.write_fleeting(lambda _: 1 // 0)
    assert await store.write(wait) == 3
    assert seen == [True, False, True]
    await store.close()


def is_waiting(tx: Tx) -> bool:
    """Whether this transaction's commit will wait for the disk, as the database itself says."""
    connection = tx._connection  # type: ignore[attr-defined]
    if isinstance(connection, apsw.Connection):
        [(level,)] = connection.execute("pragma synchronous")
        return int(level) == 2
    return bool(connection.execute("show synchronous_commit").fetchone()["synchronous_commit"] == "on")


async def test_a_schema_is_created_once(store: Store, url: str, listener: Listener, clock: FakeClock) -> None:
    """Opening a database again keeps what is in it."""
    await store.write(next_id, "users")
    again = await open_store(url, listener, clock)
    assert await again.write(next_id, "users") == 2
    await again.close()


async def test_connections_that_the_server_ended_are_replaced_unnoticed(
    postgres: Cluster, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """After PostgreSQL has started anew the first question is answered, and every one after it."""
    store = await open_store(postgres_url, listener, clock)
    await asyncio.gather(*(store.write(next_id, "users") for _ in range(20)))
    cut = []
    for work in (store.write(next_id, "users"), store.read(users.list_all), store.write(next_id, "users")):
        cut.append(postgres.cut_connections(postgres_url))
        await work
    await store.close()

    assert all(cut)


async def test_a_server_that_is_slow_to_end_them_is_outlasted(
    postgres: Cluster, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """One that was looked at and found alive may be ended the moment after: what was asked is asked again."""
    store = await open_store(postgres_url, listener, clock)
    cuts = iter(range(3))

    def cut_short(tx: Tx) -> int:
        if next(cuts, None) is None:
            return next_id(tx, "users")
        postgres.cut_connections(postgres_url)
        while True:
            next_id(tx, "users")

    assert await store.write(cut_short) == 1
    await store.close()


async def test_a_file_that_is_moved_away_under_a_server_keeps_its_last_commits(
    tmp_path: Path, listener: Listener, clock: FakeClock
) -> None:
    """A thread that opens it only now would make another one of its name, and SQLite remove the log."""
    path, log = tmp_path / "a.db", tmp_path / "a.db-wal"
    store = await open_store(f"sqlite:///{path}", listener, clock)
    await store.write(create)
    kept = log.read_bytes()
    path.rename(tmp_path / "moved.db")

    with pytest.raises(apsw.CantOpenError):
        connect(str(path), 2_000)

    assert (path.exists(), log.read_bytes() == kept, len(kept) > 0) == (False, True, True)
    (tmp_path / "moved.db").rename(path)
    await store.close()


def test_parameters_are_told_from_literals_and_casts() -> None:
    """Only real parameters are translated for psycopg; per cent signs survive."""
    text = "select ':no' || :yes, cast(:n as bigint), x::text from t where y like '%' -- :neither"
    assert for_psycopg(text).text == (
        "select ':no' || %(yes)s, cast(%(n)s as bigint), x::text from t where y like '%%' -- :neither"
    )


def test_a_list_becomes_what_each_database_understands() -> None:
    """The macro stands for the operator and the list."""
    text = "select 1 from t where id {in_ints :ids}"
    assert for_sqlite(text).text.endswith("where id in (select value from json_each(:ids))")
    assert for_psycopg(text).text.endswith("where id = any(%(ids)s::bigint[])")
    assert for_sqlite(text).lists == {"ids"}


def test_a_list_beside_its_account_becomes_what_each_database_understands() -> None:
    """Both columns go into one look-up; psycopg's planner finds that by itself."""
    text = "select 1 from t where {key_texts t.account = :account, t.key in :keys}"
    sqlite, psycopg = for_sqlite(text), for_psycopg(text)
    assert sqlite.text.endswith("(t.account, t.key) in (select :account, value from json_each(:keys))")
    assert psycopg.text.endswith("t.account = %(account)s and t.key = any(%(keys)s::text[])")
    assert sqlite.lists == psycopg.lists == {"keys"}
    assert sqlite.names == psycopg.names == ("account", "keys")


def test_no_statement_makes_sqlite_read_all_of_an_accounts_mail(tmp_path: Path) -> None:
    """Each statement looks its rows up, though SQLite has no statistics of a new file.

    All but the rules that are checked over everything, the ids of everything, and what is said here.
    """
    engine = SqliteEngine(str(tmp_path / "a.db"))
    engine.prepare(create_schema)
    engine.close()
    with closing(connect(str(tmp_path / "a.db"), 2_000)) as database:
        slow = {
            name: plan
            for name in neutral()
            if name not in RULES and (plan := _whole_reads(database, plain(for_sqlite, name)))
        }
    of_all = {"list_remote_ids", "note_loose_blobs_of_account", "count_ops", "list_open_op_places"}
    of_all |= {"note_missing_texts", "list_differing_memberships", "list_drafts_at_provider"}
    first_few = {
        "find_recent_message",
        "list_recent_namesakes",
        "people_of_account",
        "categories_of_account",
        "list_attachments_unknown",
        "list_submissions",
        "list_oldest_ops",
    }
    seldom = {"release_ops", "release_submissions", "list_old_submissions", "list_older", "list_active_marks"}
    seldom |= {"list_check_unseen", "list_accounts_with_old_submissions"}
    seldom |= {"personal_submissions"}  # a user asks for all that is kept of them; thirty days at most
    seldom |= {"bring_put_off_ops_forward", "bring_put_off_sending_forward"}
    of_submissions = {"list_unsent_messages_in_folder", "count_held_messages_in_folder"}  # the open ones
    of_folders = {
        "list_ops_to_folder",
        "set_source_of_ops",
        "list_differing_accounts",
        "list_queues",
    }
    due = {
        "list_claimable_ops",
        "set_writeback_ops_aside",
        "get_claimable_folder_op",
    }  # the latter: what is under way, by an index of that
    of_archives = {  # what waits for an archive, and what is asked of a whole one, one by one or now and then
        "begin_archive_fill",
        "bring_archive_due_forward",
        "count_archive_before",
        "count_archive_due",
        "list_archive_due",
        "list_archives_with_due",
        "delete_archive_due_of_account",
        "newest_archive_pruning",
        "note_loose_archive_due",
        "oldest_archived",
        "newest_archived",
    }
    of_set_back = {  # once in years, when the clock was set back
        "set_archive_due_back",
        "set_asked_back",
        "set_held_back",
        "set_put_off_back",
        "set_sending_back",
    }
    of_ends = {
        "get_message_bounds",
        "list_accounts_to_index",
        "list_accounts_to_index_of",
    }  # the least and the greatest id: one row each
    of_few = due | of_archives | of_set_back | of_ends
    assert slow.keys() == of_all | first_few | seldom | of_submissions | of_folders | of_few, slow


def _whole_reads(database: apsw.Connection, query: Query) -> list[str]:
    """The steps of a statement's plan that read all the rows which an account has in one of the tables."""
    named = re.findall(rf"\b(?:from|join|update|into) ({_TABLES})\b(?: as)?(?: (\w+))?", query.text)
    names = "|".join({name for pair in named for name in pair if name})
    whole = re.compile(rf"SCAN ({names})\b|SEARCH ({names}) .*\(account_id=\?\)$")
    given = {name: "[]" if name in query.lists else 1 for name in query.names}
    plan = [str(row[3]) for row in database.execute(f"explain query plan {query.text}", given)]
    return [step for step in plan if named and whole.match(step)]


def test_rows_that_share_a_value_are_looked_up_one_value_after_the_other() -> None:
    """A list of messages and all their rows; the other database is simply asked."""
    text = "delete from ops where {rows_ints ops by account_id = :account, message_id in :ids} and x = :x"
    sqlite, psycopg = for_sqlite(text), for_psycopg(text)
    assert sqlite.text == (
        "delete from ops where (ops.account_id, ops.id) in (select x.account_id, x.id from json_each(:ids) j"
        " cross join ops x where x.account_id = :account and x.message_id = j.value) and x = :x"
    )
    assert psycopg.text == (
        "delete from ops where ops.account_id = %(account)s and ops.message_id = any(%(ids)s::bigint[])"
        " and x = %(x)s"
    )
    assert sqlite.lists == psycopg.lists == {"ids"}


@pytest.mark.pooled
async def test_rows_are_bound_by_name_whatever_their_order(store: Store) -> None:
    """A row's values go where their names say."""

    def write(tx: Tx) -> None:
        tx.many(
            "insert_change",
            [{"op": "created", "at": 5, "object_id": 4, "modseq": 3, "type": "Email", "account_id": 1}],
        )

    def account(tx: Tx) -> None:
        assert accounts.insert(
            tx, type_=AccountType.GRAPH, address="a@b.example", state=AccountState.CONNECTED, at=NOW, by=None
        )

    await store.write(account)
    await store.write(write)
    rows = await store.read(lambda tx: tx.all("list_changes", account=1, type="Email", modseq=0, limit=9))
    assert rows == [{"modseq": 3, "object_id": 4, "op": "created"}]


def test_rows_bound_by_their_order_follow_the_statements() -> None:
    """Who gives values by place gives them as the statement names them."""
    names = {name: plain(for_sqlite, name).names for name in neutral()}
    assert names["insert_message"] == messages.COLUMNS
    assert names["insert_membership"] == ("account_id", *memberships.Membership._fields[:-1])
    assert names["insert_body"] == names["upsert_body"] == ("account_id", "message_id", *Packed._fields)
    assert names["insert_change"] == ("account_id", "type", "modseq", "object_id", "op", "at")
    assert names["insert_thread"] == ("account_id", "id", "key")


def test_a_file_holds_several_statements() -> None:
    """A marker line begins a statement; a closing semicolon is dropped."""
    assert list(parse("-- about\n-- name: a\nselect 1;\n\n-- name: b\nselect 2\n")) == [
        ("a", "select 1"),
        ("b", "select 2"),
    ]
