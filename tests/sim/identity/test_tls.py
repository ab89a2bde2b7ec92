"""The simulator's own certificate authority."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from m365sim.identity.keys import signing_key
from m365sim.listening import bound
from m365sim.tls import tls_files

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def test_a_second_call_changes_nothing(tmp_path: Path) -> None:
    """CA and server certificate stay as long as they are good."""
    files = tls_files(tmp_path, ["sim.example"], NOW)
    before = files.ca.read_bytes(), files.certificate.read_bytes()

    again = tls_files(tmp_path, ["sim.example"], NOW)

    assert (again.ca.read_bytes(), again.certificate.read_bytes()) == before


def test_a_new_name_renews_the_server_certificate_only(tmp_path: Path) -> None:
    """Clients that trust the CA need no new file."""
    files = tls_files(tmp_path, [], NOW)
    ca, certificate = files.ca.read_bytes(), files.certificate.read_bytes()

    tls_files(tmp_path, ["sim.example"], NOW)

    assert files.ca.read_bytes() == ca
    assert files.certificate.read_bytes() != certificate
    held = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    held.verify_directly_issued_by(x509.load_pem_x509_certificate(ca))


def test_a_certificate_about_to_end_is_renewed(tmp_path: Path) -> None:
    """A month before its end the server certificate is made anew."""
    files = tls_files(tmp_path, [], NOW)
    before = files.certificate.read_bytes()

    tls_files(tmp_path, [], NOW + timedelta(days=365))

    assert files.certificate.read_bytes() != before


def test_private_keys_are_the_owners_alone(tmp_path: Path) -> None:
    """No key file can be read by others."""
    tls_files(tmp_path, [], NOW)
    signing_key(tmp_path / "signing.key")

    for path in tmp_path.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["ca.pem", "server.pem"])
def test_a_damaged_certificate_is_named(tmp_path: Path, name: str) -> None:
    """The message names the file and the remedy."""
    tls_files(tmp_path, [], NOW)
    (tmp_path / name).write_text("garbage")

    with pytest.raises(ValueError, match=f"{name} holds no certificate. Delete it"):
        tls_files(tmp_path, [], NOW)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    (tmp_path / "signing.key").write_text("garbage")

    with pytest.raises(ValueError, match=r"signing\.key holds no RSA key\. Delete it"):
        signing_key(tmp_path / "signing.key")


def test_an_empty_server_key_is_named(tmp_path: Path) -> None:
    """At the start, and not by OpenSSL."""
    tls_files(tmp_path, [], NOW)
    (tmp_path / "server.key").write_bytes(b"")

    with pytest.raises(ValueError, match=r"server\.key holds no RSA key\. Delete it"):
        tls_files(tmp_path, [], NOW)


def test_a_port_that_is_taken_is_named() -> None:
    """The message says which."""
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1"), bound("127.0.0.1", port):
            pass
