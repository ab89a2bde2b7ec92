"""A small office at a running simulator, on free ports, with a clock that stands in the test's hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.directory import CONSUMERS_TENANT_ID
from m365sim.server import Renewable, Running, ServeOptions, renewable, running
from m365sim.world.seedtypes import SeedOffice, SeedTenant, SeedUser

LINDNER = "3f1c9a52-6d0e-4c0b-9f63-1a2b3c4d5e6f"
STRICT = "7b2d8e61-0a4f-4b7e-8c15-2b3c4d5e6f70"
ASKING = "c9e3f572-1b50-4d8f-9d26-3c4d5e6f7081"


def _user(number: int, tenant: str, upn: str, name: str, **more: object) -> SeedUser:
    fields: dict[str, object] = {"password": "Tulpe-2026!", **more}
    user_id = f"00000000-aaaa-4bbb-8ccc-{number:012d}"
    return SeedUser(user_id, tenant, upn, name, **fields)  # type: ignore[arg-type]  # fields by name


OFFICE = SeedOffice(
    tenants=(
        SeedTenant(CONSUMERS_TENANT_ID, "outlook.example", "Personal accounts", "user_may_consent"),
        SeedTenant(LINDNER, "lindner.example", "Büro Lindner", "user_may_consent"),
        SeedTenant(STRICT, "strict.example", "Strict Ltd", "admin_only"),
        SeedTenant(ASKING, "asking.example", "Asking Ltd", "approval_workflow"),
    ),
    users=(
        _user(
            1, LINDNER, "anna@lindner.example", "Anna Berger", proxy_addresses=("a.berger@lindner.example",)
        ),
        _user(2, LINDNER, "chef@lindner.example", "Theo Lindner", is_admin=True),
        _user(3, LINDNER, "info@lindner.example", "Büro", password=None),
        _user(4, STRICT, "max@strict.example", "Max Strict"),
        _user(5, STRICT, "admin@strict.example", "Ada Strict", is_admin=True),
        _user(6, ASKING, "kim@asking.example", "Kim Asking"),
        _user(7, ASKING, "boss@asking.example", "Bo Asking", is_admin=True),
        _user(8, CONSUMERS_TENANT_ID, "lena@outlook.example", "Lena Vogt", is_personal=True),
    ),
)


@pytest.fixture(autouse=True)
def no_foreign_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CA variables of the environment would beat the CA file given to MSAL."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if name in os.environ:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates, made once for all tests."""
    folder = tmp_path_factory.mktemp("keys")
    with running(ServeOptions(folder)):
        pass
    (folder / "identity.json").unlink(missing_ok=True)
    return folder


@pytest.fixture
def data_dir(keys: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own."""
    return Path(shutil.copytree(keys, tmp_path / "m365sim"))


@pytest.fixture
def clock() -> Clock:
    """The simulator's clock."""
    return Clock()


@pytest.fixture(scope="session")
def served(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renewable]:
    """One simulator for all tests: starting and stopping listeners is most of the work of a small test."""
    folder = Path(shutil.copytree(keys, tmp_path_factory.mktemp("served") / "m365sim"))
    with renewable(ServeOptions(folder, lambda: OFFICE)) as it:
        yield it


@pytest.fixture
def sim(served: Renewable, clock: Clock) -> Running:
    """The running simulator, with a world of this test's own."""
    return served.renew(lambda: OFFICE, clock)


@pytest.fixture
def browser(sim: Running) -> Browser:
    """A browser without any session."""
    return Browser(sim.pages_url)


@pytest.fixture
def app(sim: Running) -> App:
    """The demo app, as a program that speaks OAuth by hand."""
    return App(sim)


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    """A private key and its self-signed certificate, good for thirty days, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
