"""A new key beside the running server: everything is sealed anew, nobody notices, and the old key may go."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from tests.databases import run_sql
from tests.flow.admin.client import PASSWORD
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.sim import Simulator
from tests.kept import database_of

from poststelle.access import trail_seal
from poststelle.auth.crypto import KeyRing, parse_keys
from poststelle.auth.key_file import alone_with
from poststelle.settings.keyring import CHECK

APP_SECRET = "app-secret-value~of.the.registration"


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path / "data") as found:
        yield found


def key_file(office: Guarded) -> Path:
    return office.server.built.services.config.key_file


def long_ago(path: Path) -> None:
    """As if the file had been written before every server's last look at it."""
    was = path.stat().st_mtime - 600
    os.utime(path, (was, was))


def sealed_values(office: Guarded, key: bytes) -> list[str]:
    """Tables with a value in them that begins as those do that this key seals: found in every column."""
    header = KeyRing([key]).header
    database = database_of(office.server.built.services.config.data_dir)
    rows = [(t, row) for t in _tables(database) for row in run_sql(database, f"select * from {t}")]
    return [t for t, row in rows if any(isinstance(v, bytes) and v[:5] == header for v in row)]


def _tables(database: str) -> list[str]:
    """But those of the index of words, which hold nothing sealed and are each database's own."""
    names = (
        "select name from sqlite_master where type = 'table' and name not like '%words%'"
        if database.startswith("sqlite")
        else "select table_name from information_schema.tables where table_schema = current_schema()"
    )
    return [str(name) for (name,) in run_sql(database, names)]


def with_secrets(office: Guarded) -> str:
    """Something in each place where secrets lie; the second factor's."""
    office.connected(office.anna)
    office.pull()
    proof = {"password": PASSWORD}
    assert office.sabine.put("/api/settings/microsoft", {"secret": APP_SECRET}).status == 200
    app = office.sabine.post("/api/me/second-factor/app", proof).json
    code = pyotp.TOTP(app["secret"]).at(office.server.clock.now())
    office.sabine.put("/api/me/second-factor/app", {"token": app["token"], "code": code})
    services = office.server.built.services
    office.run(services.store.write(trail_seal.anchor, services.ring, services.clock.now()))
    return str(app["secret"])


def test_a_new_key_seals_everything_while_the_server_runs(office: Guarded) -> None:
    """The file has both keys then; the mailbox is read on, and the trail tells of it."""
    with_secrets(office)
    [old] = parse_keys(key_file(office).read_text())
    before = set(sealed_values(office, old))

    code, said = office.server.run("rotate-keys")

    new, kept = parse_keys(key_file(office).read_text())
    assert (code, kept) == (0, old), said
    assert {"settings", "sign_ins", "code_apps", "audit_chains"} <= before
    assert sealed_values(office, old) == []
    assert set(sealed_values(office, new)) == before
    assert key_file(office).stat().st_mode & 0o777 == 0o600
    office.pull()
    assert office.state() == ("connected", None)
    [told] = office.sabine.get("/api/audit?kind=keys").json["entries"]
    assert (told["action"], told["user"]) == ("keys.rotated", None)


def test_the_old_key_goes_when_nothing_needs_it(office: Guarded) -> None:
    """Not while a server may still seal with it; after that a start without it finds all it needs."""
    secret = with_secrets(office)
    assert office.server.run("rotate-keys")[0] == 0
    code, said = office.server.run("rotate-keys", "--retire")
    assert (code, "Not yet" in said) == (1, True), said
    new, old = parse_keys(key_file(office).read_text())
    office.pull()
    long_ago(key_file(office))

    code, said = office.server.run("rotate-keys", "--retire")

    assert code == 0, said
    assert parse_keys(key_file(office).read_text()) == [new]
    assert sealed_values(office, old) == []
    assert office.server.run("users", "list")[0] == 0
    office.pull()
    assert office.state() == ("connected", None)
    sabine = office.server.client
    step = sabine.post("/api/login", {"login": "sabine", "password": PASSWORD}).json
    code_now = pyotp.TOTP(secret).at(office.server.clock.now())
    done = sabine.post("/api/login/code", {"token": step["token"], "code": code_now})
    assert done.status == 200, done.body
    assert office.server.run("rotate-keys", "--retire") == (0, "There is no older key.\n")
    assert office.server.run("audit", "verify")[0] == 0


def test_a_key_of_the_environment_is_changed_there(office: Guarded) -> None:
    """The command makes one to put in front; with it there, it seals anew, and touches no file."""
    with_secrets(office)
    [old] = parse_keys(key_file(office).read_text())
    old_text = base64.b64encode(old).decode()
    text = key_file(office).read_text()

    code, said = office.server.run("rotate-keys", POSTSTELLE_KEY=old_text)
    new_text = said.strip().splitlines()[-1]
    [new] = parse_keys(new_text)
    assert (code, sealed_values(office, new)) == (1, [])
    code, said = office.server.run("rotate-keys", POSTSTELLE_KEY=f"{new_text}, {old_text}")

    assert code == 0, said
    assert sealed_values(office, old) == []
    assert key_file(office).read_text() == text
    code, said = office.server.run("rotate-keys", "--retire", POSTSTELLE_KEY=f"{new_text}, {old_text}")
    assert (code, "POSTSTELLE_KEY: take out all but the first" in said) == (0, True), said
    assert office.server.run("users", "list", POSTSTELLE_KEY=new_text)[0] == 0
    assert (
        office.server.run("rotate-keys", "--retire", POSTSTELLE_KEY=new_text)[1] == "There is no older key.\n"
    )


def test_a_key_file_that_cannot_be_changed_is_changed_where_it_comes_from(office: Guarded) -> None:
    """As a secret in a container: a key is made to be put in front there; then it is told when the old goes.

    Root may write anywhere: a folder in the lock's place keeps even root from changing the file.
    """
    with_secrets(office)
    file = key_file(office)
    text = file.read_text()
    [old] = parse_keys(text)
    file.with_name(f"{file.name}.lock").mkdir()

    code, said = office.server.run("rotate-keys")
    [new] = parse_keys(said.strip().splitlines()[-1])
    assert (code, "can't be changed from here" in said, file.read_text()) == (1, True, text), said
    file.write_text(f"{base64.b64encode(new).decode()}\n{text}")
    code, said = office.server.run("rotate-keys")
    assert (code, "--retire" in said, sealed_values(office, old)) == (0, True, []), said
    code, said = office.server.run("rotate-keys", "--retire")
    assert (code, "Not yet" in said) == (1, True), said
    office.pull()
    long_ago(file)

    code, said = office.server.run("rotate-keys", "--retire")

    assert (code, "take out all but the first one" in said) == (0, True), said
    assert parse_keys(file.read_text()) == [new, old]
    file.write_text(base64.b64encode(new).decode())
    assert office.server.run("users", "list")[0] == 0


def test_a_file_of_other_keys_changes_nothing(office: Guarded) -> None:
    """Another installation's file over ours: the server goes on with what it has."""
    with_secrets(office)
    ring = office.server.built.services.ring
    sealed = ring.seal(b"x", CHECK)
    key_file(office).write_text(base64.b64encode(b"o" * 32).decode())

    office.pull()
    with pytest.raises(Exception, match="not among them"):
        ring.renew()

    assert ring.open(sealed, CHECK) == b"x"
    code, said = office.server.run("rotate-keys")
    assert (code, "does not belong to this database" in said) == (2, True), said


def test_two_changes_at_once_wait_for_one_another(office: Guarded) -> None:
    """Each would write its own list of keys over the other's: the second is refused, in a sentence."""
    with_secrets(office)
    with alone_with(key_file(office)):
        code, said = office.server.run("rotate-keys")
        assert (code, "being changed already" in said) == (2, True), said
        assert office.server.run("rotate-keys", "--retire")[0] == 2
    assert office.server.run("rotate-keys")[0] == 0
