"""Database and data folder, copied by a thief while the server runs but without the key, hold no secret."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from tests.flow.admin.client import PASSWORD
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.sim import Simulator

from poststelle.auth.crypto import KEY_OCTETS, CannotOpen, KeyRing
from poststelle.model.ids import AccountId
from poststelle.model.user import SignIn
from poststelle.settings.sign_ins import row_of
from poststelle.store import sign_ins

APP_SECRET = "app-secret-value~of.the.registration"


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path / "data") as found:
        yield found


@pytest.mark.chooses_database
def test_a_copy_without_the_key_gives_no_token_and_no_password(office: Guarded, tmp_path: Path) -> None:
    """Each secret that passes through is looked for in every file, as it is and as it may be coded;
    the names beside them are found, so that the search does look where they would be.
    """
    office.connected(office.anna)
    office.pull()
    secrets = _made_here(office) | _at_microsoft(office)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "data", copy, ignore=shutil.ignore_patterns("*.key", "*-shm"))
    octets = {file.name: file.read_bytes() for file in copy.rglob("*") if file.is_file()}

    assert any(office.address.encode() in held for held in octets.values())
    found = [
        (what, name)
        for what, secret in secrets.items()
        for coded in _coded(secret)
        for name, held in octets.items()
        if coded in held
    ]
    assert found == []
    with pytest.raises(CannotOpen):
        KeyRing([bytes(KEY_OCTETS)]).open(_sign_in(office).token_cache, row_of(_sign_in(office).id))


def _made_here(office: Guarded) -> dict[str, str]:
    """A password, a login, tokens, a second factor, the app's secret, a webhook's."""
    sabine, proof = office.sabine, {"password": PASSWORD}
    wish = {"name": "Skript", "level": "read", "mailboxes": [], "administration": "write"}
    token = sabine.post("/api/me/tokens", wish | proof).json["secret"]
    assert sabine.put("/api/settings/microsoft", {"secret": APP_SECRET}).status == 200
    app = sabine.post("/api/me/second-factor/app", proof).json
    code = pyotp.TOTP(app["secret"]).at(office.server.clock.now())
    done = sabine.put("/api/me/second-factor/app", {"token": app["token"], "code": code})
    [recovery, *_] = done.json["recovery_codes"]
    return {
        "password": PASSWORD,
        "login": sabine.cookies["poststelle_login"],
        "API token": token,
        "second factor": app["secret"],
        "half a set-up": app["token"],
        "recovery code": recovery,
        "app secret": APP_SECRET,
    }


def _at_microsoft(office: Guarded) -> dict[str, str]:
    """What opens the mailbox: found with the key alone."""
    sign_in = _sign_in(office)
    ring = office.server.built.services.ring
    cache = json.loads(json.loads(ring.open(sign_in.token_cache, row_of(sign_in.id)))["msal"])
    kinds = ("RefreshToken", "AccessToken")
    found = {f"{kind} {n}": one["secret"] for kind in kinds for n, one in enumerate(cache[kind].values())}
    assert any(name.startswith("RefreshToken") for name in found)
    return found


def _sign_in(office: Guarded) -> SignIn:
    [found] = office.run(office.server.built.services.store.read(sign_ins.list_of, AccountId(1)))
    assert isinstance(found, SignIn)
    return found


def _coded(secret: str) -> list[bytes]:
    plain = secret.encode()
    return [plain, base64.b64encode(plain).rstrip(b"="), plain.hex().encode(), secret.encode("utf-16-le")]
