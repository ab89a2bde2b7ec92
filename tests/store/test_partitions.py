"""Keyed by account: what grows with the mail can be partitioned; who names the account reads one of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from tests.databases import run_sql
from tests.pg import Cluster
from tests.store import plans
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import Mailbox, create, item, page

from poststelle.lib.database import DatabaseOptions
from poststelle.mail import indexing
from poststelle.model.filter import Combined, Filter, InThread, Operator
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.model.message import SEEN
from poststelle.model.search import Term
from poststelle.store import conditions, lists, open_store
from poststelle.store.engines.postgres import PostgresEngine
from poststelle.store.engines.sqlite import SqliteEngine
from poststelle.store.invariants import RULES
from poststelle.store.lists import Shape
from poststelle.store.opening import SCHEMA_VERSION, create_schema, migrations
from poststelle.store.tx import ReadTx

pytestmark = pytest.mark.anyio

PARTITIONED = {
    "activities",
    "activity_contacts",
    "archive_entries",
    "attachments",
    "audit_messages",
    "bodies",
    "changes",
    "documents",
    "folder_messages",
    "message_blobs",
    "message_words",
    "messages",
    "thread_names",
    "threads",
}
_PARENTS = (
    "select relname from pg_class where relkind = 'p' and relnamespace = current_schema()::regnamespace"
)
_COUNT = "select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relkind = 'r'"
_EVERY = (
    "select c.relname from pg_class c where c.relkind in ('r', 'p') and not c.relispartition"
    " and c.relnamespace = current_schema()::regnamespace"
)
_KEYS_OF_ALL = """
select c.relname, i.relname, array(
    select a.attname from unnest(x.indkey) with ordinality k(attnum, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum order by k.place)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
where x.indisunique and c.relnamespace = current_schema()::regnamespace and not c.relispartition
"""
_KEYS = f"""{_KEYS_OF_ALL}
  and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id')
"""
_REFERENCES = """
select c.relname, p.relname, array(
    select a.attname from unnest(k.conkey) with ordinality o(attnum, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = o.attnum order by o.place)
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
where k.contype = 'f' and c.relnamespace = current_schema()::regnamespace and not c.relispartition
  and not p.relispartition
"""
# No mail: few rows, which are looked up by something else than the account, too.
NOT_BY_ACCOUNT = {
    "api_token_accounts_pkey": "a token's mailboxes",
    "boilerplate_pkey": "a person's signatures and templates, where they belong to a mailbox at all",
    "favourites_pkey": "a person's folders",
    "folder_wishes_pkey": "a person's folders",
    "push_told_pkey": "what a push subscription was told",
    "recipient_groups_pkey": "a person's groups, where they belong to a mailbox at all",
    "sign_ins_pkey": "numbered over all mailboxes; tokens are sealed with the number",
    "sign_in_flows_pkey": "who comes back from signing in brings a secret and no mailbox",
    "subscriptions_remote_id_key": "a notification names the subscription and no mailbox",
    "webhook_deliveries_pkey": "in the order of what happened, over all mailboxes",
    "webhooks_pkey": "of all mailboxes, or of one",
    "webhooks_name_key_key": "names are unique over all",
}


def test_each_unique_index_of_mail_begins_with_the_account(partitioned_url: str) -> None:
    """So the server partitions the tables at all, and a cluster could distribute them as they are."""
    assert {name for (name,) in run_sql(partitioned_url, _PARENTS)} == PARTITIONED
    keys = run_sql(partitioned_url, _KEYS)
    others = {str(index) for _, index, columns in keys if columns[0] != "account_id"}  # type: ignore[index]
    assert others == NOT_BY_ACCOUNT.keys()
    assert not {table for table, index, _ in keys if index in others} & PARTITIONED


def test_what_mail_refers_to_is_of_the_same_account(partitioned_url: str) -> None:
    """Each foreign key of a partitioned table is the account, or has it first."""
    found = [row for row in run_sql(partitioned_url, _REFERENCES) if row[0] in PARTITIONED]
    assert len(found) >= len(PARTITIONED) - 4  # archives, the trail and the index stay when the mailbox goes
    assert {columns[0] for _, _, columns in found} == {"account_id"}  # type: ignore[index]


# In a cluster each of its machines has these whole, though they know of accounts. They are small.
WHOLE_WITH_AN_ACCOUNT = {
    "accounts": "no two mailboxes have one address",
    "boilerplate": "a person's, where they belong to a mailbox at all",
    "recipient_groups": "likewise",
    "sign_in_flows": "who comes back brings a secret and no mailbox",
    "sign_ins": "numbered over all mailboxes",
    "subscriptions": "a notification names the subscription and no mailbox",
    "webhook_deliveries": "in the order of what happened, over all mailboxes",
    "webhooks": "of all mailboxes, or of one",
}


def test_a_cluster_could_distribute_all_mail_by_account(partitioned_url: str) -> None:
    """By what Citus asks for: each unique key of a distributed table has the account in it, a reference
    between two of them, too, and no table that is whole on each machine refers to a distributed one."""
    account = (
        " and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id')"
    )
    with_account = {str(name) for (name,) in run_sql(partitioned_url, _EVERY + account)} | {"accounts"}
    every = {str(name) for (name,) in run_sql(partitioned_url, _EVERY)}
    keys = run_sql(partitioned_url, _KEYS_OF_ALL)
    assert every == {table for table, _, _ in keys}  # each has one
    by_something_else = {table for table, _, columns in keys if "account_id" not in columns}  # type: ignore[operator]
    assert with_account & by_something_else == WHOLE_WITH_AN_ACCOUNT.keys()
    distributed = with_account - by_something_else
    assert distributed > PARTITIONED
    references = run_sql(partitioned_url, _REFERENCES)
    inward = [row for row in references if row[1] in distributed]
    assert len(inward) >= 3
    assert {table for table, _, _ in inward} <= distributed
    assert all("account_id" in columns for _, _, columns in inward)  # type: ignore[operator]


# What is asked over all mailboxes at once, or by something else than the mailbox.
ACROSS = {
    "list_accounts_to_index": "the indexer: which mailboxes have anything to do",
    "list_accounts_to_index_of": "the first and the last message of the accounts that were heard of",
    "list_claimable_drafts": "the queue of all mailboxes; each message by its mailbox and id",
    "list_claimable_submissions": "likewise",
    "list_due_bounces": "likewise",
    "list_differing_accounts": "which mailboxes are to be checked",
    "list_oldest_of_logs": "housekeeping: which mailboxes have anything to forget",
    "list_needed_blobs": "housekeeping: equal octets are kept once over all mailboxes",
    "list_used_blobs": "likewise",
    "sum_unused_uploads": "what a person has brought, in whichever mailbox",
}


@pytest.fixture
def full(partitioned_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A database with rows of many accounts in every table."""
    with psycopg.connect(partitioned_url) as connection:
        plans.fill(connection)
        yield connection
        connection.rollback()


def test_who_names_the_account_reads_one_partition(full: psycopg.Connection[Any]) -> None:
    """Every named statement, planned for all accounts and for this one. Invariants go over everything."""
    across: set[str] = set()
    for mode in ("generic", "custom"):
        told = dict(plans.plans(full, mode))
        across |= {name for name, plan in told.items() if plan.reads_several}
        assert len([plan for plan in told.values() if plan.partitions]) > 150
    assert across - RULES.keys() == ACROSS.keys()


_MANY_ACCOUNTS = """
insert into accounts (id, epoch, modseq, next_id, type, address, address_key, state, created_at)
select g, 1, 1, 1, 'graph', 'more' || g, 'more' || g, 'connected', 1 from generate_series(1001, 3000) g
"""
_MANY_CHANGES = """
insert into changes (account_id, type, modseq, object_id, op, at)
select 1001 + g % 2000, 'Email', g, g, 'updated', 1000 + g from generate_series(1, 40000) g
"""


@pytest.mark.parametrize("mode", ["generic", "custom"])
def test_what_is_old_in_the_change_log_is_found_by_its_key(full: psycopg.Connection[Any], mode: str) -> None:
    """Two entries of each account, however long the log is."""
    full.execute(_MANY_ACCOUNTS)
    full.execute(_MANY_CHANGES)
    full.execute("analyze accounts, changes")
    plan = plans.plan_of(full, "list_oldest_of_logs", mode=mode, type="'Email'", after="1000", limit="200")
    assert len(plan.partitions["changes"]) > 1
    assert "changes" not in plan.scanned


_WORD = Filter(terms=(Term(("t7",)),))
FILTERS = [
    Filter(parts=(Combined(Operator.OR, (_WORD, Filter(has_keywords=frozenset({SEEN})))),)),
    Filter(parts=(Combined(Operator.NOT, (_WORD,)),)),
    Filter(parts=(Combined(Operator.AND, (Filter(in_folder=FolderId(7)),)),)),
    Filter(in_thread=frozenset({InThread("some", SEEN)})),
    Filter(in_thread=frozenset({InThread("all", "label")})),
]


@pytest.mark.parametrize("where", FILTERS)
def test_conditions_of_people_read_one_partition(full: psycopg.Connection[Any], where: Filter) -> None:
    """What is put together for a filter names the account wherever it looks."""
    condition = conditions.beyond_lists(where)
    assert condition
    plan = plans.plan_of(full, "list_account_matching_newest", condition)
    assert plan.listed and not plan.reads_several


async def test_a_database_is_made_partitioned_and_stays_so(
    postgres: Cluster, empty_postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """The number is asked for once; whoever opens it later need not know, and cannot change it."""
    made = await open_store(empty_postgres_url, listener, clock, options=DatabaseOptions(partitions=3))
    await made.close()
    again = await open_store(empty_postgres_url, listener, clock, options=DatabaseOptions(partitions=8))
    await again.close()
    assert run_sql(empty_postgres_url, _COUNT) == [(3 * len(PARTITIONED),)]
    assert run_sql(empty_postgres_url, "select value from meta where key = 'partitions'") == [("3",)]


_LATER = """
alter table messages add column colour text not null default 'red';
create index messages_by_colour on messages (account_id, colour);
create table stamps (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    primary key (account_id, id)
) {clustered} {partitioned stamps};
insert into stamps (account_id, id) select id, 1 from accounts;
"""


_NEXT = SCHEMA_VERSION + 1


def migrate(url: str, number: int, text: str) -> None:
    """One step, as at the start of a program that knows it."""
    engine = PostgresEngine(url) if url.startswith("postgresql") else SqliteEngine(url[len("sqlite:///") :])
    engine.prepare(partial(create_schema, version=number, steps=[(number, text)]))
    engine.close()


@pytest.mark.partitioned
async def test_a_later_step_does_for_both(url: str, listener: Listener, clock: FakeClock) -> None:
    """A column, an index, another table that grows with the mail and is filled at once: one text."""
    store = await open_store(url, listener, clock)
    for number in range(9):
        await store.write(create, f"desk{number}@office.example")
    await store.close()
    migrate(url, _NEXT, _LATER)
    assert run_sql(url, "select count(*) from stamps") == [(9,)]
    assert run_sql(url, "select count(*) from messages where colour = 'red'") == [(0,)]
    if run_sql(url, "select value from meta where key = 'partitions'"):
        assert run_sql(url, f"{_PARENTS} and relname = 'stamps'") == [("stamps",)]


_BEFORE = """
alter table documents drop constraint documents_pkey, add constraint documents_pkey primary key (doc);
"""
_WORDS_BEFORE = """
alter table message_words drop constraint message_words_pkey, drop column account_id,
    add constraint message_words_pkey primary key (rowid);
"""


def found(tx: ReadTx, account: AccountId) -> list[MessageId]:
    where = Filter(terms=(Term(("birnbaum",)),))
    return lists.ids(tx, account, where, Shape(), position=0, limit=9)


async def test_an_index_of_before_is_keyed_by_account(url: str, listener: Listener, clock: FakeClock) -> None:
    """Nothing is indexed anew: what was found is found, and what comes goes in."""
    store = await open_store(url, listener, clock)
    account, user, folders = await store.write(create)
    mailbox = Mailbox(store, account, user, folders)
    await mailbox.pull("Inbox", page(*(item(f"m{n}", subject="Birnbaum") for n in range(5))))
    while batch := await store.read(indexing.next_batch, account):
        await store.write(indexing.put, account, batch)
    await store.close()
    if url.startswith("postgresql"):
        run_sql(url, _BEFORE + _WORDS_BEFORE)
    else:
        run_sql(
            url,
            "create table b (doc bigint not null primary key, account_id bigint not null,"
            " message_id bigint not null) without rowid;"
            " insert into b select doc, account_id, message_id from documents; drop table documents;"
            " alter table b rename to documents;"
            " create unique index documents_by_message on documents (account_id, message_id)",
        )
    run_sql(url, "update meta set value = '1' where key = 'oldest_code'")
    [(number, text)] = [step for step in migrations() if "{message_words_by_account}" in step[1]]
    migrate(url, _NEXT, text)
    [(oldest,)] = run_sql(url, "select value from meta where key = 'oldest_code'")
    assert int(str(oldest)) >= number  # a program of before would put words in without their account

    again = await open_store(url, listener, clock)
    mailbox = Mailbox(again, account, user, folders)
    assert len(await again.read(found, account)) == 5
    await mailbox.pull("Inbox", page(item("later", subject="Birnbaum"), more=True))
    while batch := await again.read(indexing.next_batch, account):
        await again.write(indexing.put, account, batch)
    assert len(await again.read(found, account)) == 6
    await mailbox.check()
    await again.close()
    if url.startswith("postgresql"):
        key = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'message_words'::regclass"
        assert ("PRIMARY KEY (account_id, rowid)",) in run_sql(url, key)
