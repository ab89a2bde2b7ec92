"""The schema: the same tables on both databases, and clear words for a database that does not fit."""

import re
import socket
import time
from pathlib import Path

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import create

from poststelle.model.ids import AccountId
from poststelle.model.rights import Span
from poststelle.store import CannotConnect, SchemaMismatch, assignments, audit, open_store, search
from poststelle.store.marks import NO_PROGRAM, OLDEST_AFTER, RESTORING
from poststelle.store.opening import OLDEST_CODE, SCHEMA_VERSION, Opening, create_schema
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio

SCHEMA = Path(__file__).parents[2] / "src/poststelle/store/schema.sql"


def literal(url: str, octets: bytes) -> str:
    """How the database writes octets in a statement."""
    return f"'\\x{octets.hex()}'" if url.startswith("postgresql") else f"x'{octets.hex()}'"


def columns(url: str) -> set[tuple[object, ...]]:
    """Every (table, column) but those of the full-text index, which each database has in its own way."""
    if url.startswith("sqlite"):
        statement = (
            "select m.name, c.name from sqlite_schema m, pragma_table_info(m.name) c"
            " where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'message_words%'"
        )
    else:
        statement = (
            "select table_name, column_name from information_schema.columns"
            " where table_schema = current_schema() and table_name <> 'message_words'"
        )
    return set(run_sql(url, statement))


async def test_a_fresh_database_has_the_tables_of_the_schema(
    empty_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Every table and column of schema.sql, and no other, on both databases."""
    store = await open_store(empty_url, listener, clock)
    await store.close()
    wanted = set()
    for table, body in re.findall(r"create table (\w+) \((.*?)\n\)", SCHEMA.read_text(), re.DOTALL):
        for line in body.splitlines():
            word = line.strip().partition(" ")[0]
            if word and word not in {"primary", "unique", "foreign", "--"}:
                wanted.add((table, word))
    assert columns(empty_url) == wanted


async def test_a_newer_database_is_refused_in_words(
    store: Store, url: str, listener: Listener, clock: FakeClock
) -> None:
    """A database that this program is too old for is left alone."""
    run_sql(url, "update meta set value = '99' where key in ('schema_version', 'oldest_code')")
    with pytest.raises(SchemaMismatch, match="newer Poststelle"):
        await open_store(url, listener, clock)


async def test_a_newer_database_that_still_fits_is_opened(
    store: Store, url: str, listener: Listener, clock: FakeClock
) -> None:
    """The database names the oldest program that may open it."""
    run_sql(url, "update meta set value = '99' where key = 'schema_version'")
    again = await open_store(url, listener, clock)
    await again.close()
    assert run_sql(url, "select value from meta where key = 'schema_version'") == [("99",)]


async def test_a_program_that_would_lose_what_we_write_is_refused(
    store: Store, url: str, listener: Listener, clock: FakeClock
) -> None:
    """Also where the schema is the same as before: the next start closes those out."""
    run_sql(url, "update meta set value = '48' where key = 'oldest_code'")
    again = await open_store(url, listener, clock)
    await again.close()
    [(oldest,)] = run_sql(url, "select value from meta where key = 'oldest_code'")
    assert oldest == str(OLDEST_CODE)
    database = Steps()
    database.values = {"schema_version": str(SCHEMA_VERSION), "oldest_code": str(oldest)}
    with pytest.raises(SchemaMismatch, match="newer Poststelle"):
        create_schema(database, version=OLDEST_CODE - 1)


async def test_somebody_elses_database_is_left_alone(
    empty_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Tables, but none of ours: nothing is created beside them."""
    run_sql(empty_url, "create table guests (name text)")
    with pytest.raises(SchemaMismatch, match="one of its own"):
        await open_store(empty_url, listener, clock)
    assert columns(empty_url) == {("guests", "name")}


@pytest.mark.parametrize("address", ["mysql://x", "", "sqlite://", "sqlite:///", "/tmp/x.db"])
async def test_an_unknown_address_is_refused(address: str, listener: Listener, clock: FakeClock) -> None:
    """Only the two databases, by their addresses."""
    with pytest.raises(ValueError, match=r"(?i)sqlite"):
        await open_store(address, listener, clock)


class Steps:
    """A database as the schema code sees it, at version 1."""

    def __init__(self) -> None:
        self.values = {"schema_version": "1", "oldest_code": "1"}
        self.scripts: list[str] = []
        self.tables = {"meta"}

    @property
    def encoding(self) -> str:
        return "UTF8"

    def table_names(self) -> set[str]:
        return self.tables

    def script(self, text: str) -> None:
        self.scripts.append(text)

    def meta(self) -> dict[str, str]:
        return self.values

    def set_meta(self, key: str, value: str) -> None:
        self.values[key] = value


@pytest.mark.parametrize(
    ("found", "noted", "is_marked", "opening", "after"),
    [
        (SCHEMA_VERSION + 1, SCHEMA_VERSION, True, Opening.RESTORING, SCHEMA_VERSION),  # newer, and fits
        (SCHEMA_VERSION + 1, SCHEMA_VERSION + 1, True, Opening.RESTORING, None),
        (SCHEMA_VERSION + 1, None, True, Opening.RESTORING, None),  # whom it is for is not known any more
        (SCHEMA_VERSION, None, True, Opening.RESTORING, OLDEST_CODE),
        (SCHEMA_VERSION, OLDEST_CODE - 1, True, Opening.RESTORING, OLDEST_CODE),
        (SCHEMA_VERSION, OLDEST_CODE, True, Opening.USUAL, None),
        (SCHEMA_VERSION + 1, None, False, Opening.USUAL, None),
        (SCHEMA_VERSION + 1, SCHEMA_VERSION + 1, False, Opening.USUAL, None),
        (SCHEMA_VERSION + 1, SCHEMA_VERSION, False, Opening.USUAL, SCHEMA_VERSION),
        (SCHEMA_VERSION, None, False, Opening.USUAL, OLDEST_CODE),
        (SCHEMA_VERSION - 1, None, False, Opening.USUAL, OLDEST_CODE),
    ],
)
async def test_what_a_restore_keeps_from_all_programs_it_opens_itself(
    found: int, noted: int | None, is_marked: bool, opening: Opening, after: int | None
) -> None:
    """And keeps it from them; whom it is for is known meanwhile, and counts for the restore, too. Where its
    table has gone without the note, what we know is ours again. ``after``: None where it is refused."""
    database = Steps()
    database.tables |= {RESTORING} if is_marked else set()
    database.values = {"schema_version": str(found), "oldest_code": str(NO_PROGRAM)}
    if noted is not None:
        database.values[OLDEST_AFTER] = str(noted)
    before = dict(database.values)
    if after is None:
        with pytest.raises(SchemaMismatch):
            create_schema(database, steps=[], opening=opening)
        assert database.values == before
        return
    create_schema(database, steps=[], opening=opening)
    assert database.values["oldest_code"] == str(NO_PROGRAM if is_marked else after)
    assert database.values[OLDEST_AFTER if is_marked else "oldest_code"] == str(after)
    assert database.values["schema_version"] == str(max(found, SCHEMA_VERSION))


async def test_steps_lead_from_one_version_to_the_next() -> None:
    """Only the steps above the database's version run, in order; the last one is stamped."""
    database = Steps()
    steps = [(1, "first"), (2, "second"), (3, "third")]
    create_schema(database, version=3, steps=steps)
    assert database.scripts == ["second", "third"]
    assert database.values["schema_version"] == "3"
    create_schema(database, version=3, steps=steps)
    assert len(database.scripts) == 2


async def test_an_older_database_is_brought_to_the_same_tables(
    store: Store, url: str, listener: Listener, clock: FakeClock
) -> None:
    """A database of version 1 gets what later versions have, and works; its mail waits to be indexed, and
    who is assigned counts as always assigned.
    """
    account, user, _ = await store.write(create)
    fresh = columns(url)
    await store.close()
    for index in ("sign_ins_due", "writeback_ops_in_flight"):
        run_sql(url, f"drop index {index}")
    for column in ("folders.failures", "folders.problem", "writeback_ops.holder",
                   "writeback_ops.claimed_until", "writeback_ops.fence", "writeback_ops.is_contested",
                   "accounts.forgotten_modseq", "messages.list_again_at", "folders.is_new",
                   "folders.confirmed_modseq", "writeback_ops.target_folder", "writeback_ops.source_folder",
                   "writeback_ops.problem", "writeback_ops.own_failures", "notices.folder",
                   "writeback_ops.conflicts", "sync_states.poll_ms",
                   "folders.beyond", "folders.beyond_unread",
                   "accounts.is_shared", "users.shows_reading", "sign_ins.kind", "sign_ins.lost_at",
                   "sign_ins.renew_at", "accounts.history_months", "accounts.history_from",
                   "folders.measured_total", "folders.measured_unread", "messages.keywords",
                   "messages.in_reply_to", "messages.refs", "messages.is_other",
                   "messages.event", "messages.receipt", "messages.header_told",
                   "folders.sort_order", "users.phone", "users.sender_name",
                   "users.position", "users.quiet_hours", "users.paused_until",
                   "users.mail_page", "grants.own_level", "accounts.is_vip"):  # fmt: skip
        table, name = column.split(".")
        run_sql(url, f"alter table {table} drop column {name}")
    for table in ("approvals", "application_proofs", "confirmations", "presences", "loose_blobs",
                  "folder_ops", "subscriptions", "app_troubles",
                  "checks", "check_folders", "check_seen", "check_suspects", "check_findings",
                  "uploads", "drafts", "draft_parts", "submissions", "account_addresses",
                  "bounces", "documents", "search_progress", "search_due", "search_gone",
                  "message_words", "push_told", "push_subscriptions",
                  "api_token_accounts", "api_tokens", "thread_names", "missing_texts",
                  "identity_texts", "holders", "boilerplate_files", "boilerplate", "recipient_groups",
                  "favourites", "folder_wishes", "picture_senders", "audit", "audit_chains", "audit_messages",
                  "share_notifications", "forwarding_refusals", "troubles", "code_apps", "recovery_codes",
                  "passkeys", "ceremonies", "invitations", "identities", "team_grants",
                  "team_members", "teams", "archives", "archive_entries", "archive_due",
                  "activity_contacts", "activities", "activity_due", "recordings", "activity_erasures",
                  "webhook_lanes", "webhook_deliveries", "webhooks", "assignments", "proofs",
                  "blob_objects", "page_files"):  # fmt: skip
        run_sql(url, f"drop table {table}")
    run_sql(
        url,
        "create table audit (id bigint primary key, at bigint, user_id bigint, action text,"
        " account_id bigint, subject text, detail text)",
    )
    old = "(7, 1, null, 'a.b', 3, 'x', '{}'), (9, 2, null, 'a.c', null, '', '{}')"
    run_sql(url, f"insert into audit values {old}")
    run_sql(url, "update meta set value = '1' where key = 'schema_version'")
    again = await open_store(url, listener, clock)
    done = await again.read(search.progress, account)
    assert await again.read(assignments.spans, user, account) == (Span(),)
    await again.write(audit.record, clock.now(), None, "a.d", AccountId(3))
    kept = await again.read(audit.find, audit.Filter())
    await again.close()
    assert [(one.chain, one.number, one.action) for one in kept] == [
        (3, 2, "a.d"),
        (0, 1, "a.c"),
        (3, 1, "a.b"),
    ]
    assert columns(url) == fresh
    assert done.low == done.high > done.indexed == 0


async def test_a_server_that_does_not_answer_ends_the_start_soon(
    listener: Listener, clock: FakeClock
) -> None:
    """Nobody accepts, or somebody says nothing: an error within seconds, no endless waiting."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(CannotConnect):
            await open_store(f"postgresql://someone@127.0.0.1:{port}/x", listener, clock)
        assert time.monotonic() - begun < 30
