"""``m365sim certificate``: what a receiver takes from the simulator's CA."""

from __future__ import annotations

import ssl
from pathlib import Path

from cryptography import x509
from tests.sim.notify.receiver import receiving
from typer.testing import CliRunner

from m365sim.cli import app


def _issue(*arguments: str) -> tuple[int, list[Path]]:
    result = CliRunner().invoke(app, ["certificate", *arguments])
    return result.exit_code, [Path(line) for line in result.stdout.splitlines()]


def test_a_certificate_is_issued_by_the_simulators_ca(made: Path, tmp_path: Path) -> None:
    """It stands for the names asked for, and a client that trusts ca.pem trusts it."""
    code, (certificate, key, ca) = _issue(
        "--data-dir", str(made), "--out", str(tmp_path), "--name", "localhost", "--name", "127.0.0.1"
    )

    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert (code, [str(n.value) for n in names]) == (0, ["localhost", "127.0.0.1"])
    assert ca.read_bytes() == (made / "ca.pem").read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    with receiving(certificate, key) as receiver:
        port = int(receiver.base.rpartition(":")[2])
        assert ssl.get_server_certificate(("localhost", port), ca_certs=str(ca))


def test_a_first_certificate_makes_the_ca(tmp_path: Path) -> None:
    """Before the simulator has ever run, the CA it will use is made."""
    code, paths = _issue("--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out"))

    assert code == 0
    assert [p.name for p in paths] == ["localhost.pem", "localhost.key", "ca.pem"]
    assert (tmp_path / "data" / "ca.key").exists()


def test_a_damaged_ca_is_named(tmp_path: Path) -> None:
    """No certificate, but a sentence."""
    (tmp_path / "ca.pem").write_text("nonsense")
    (tmp_path / "ca.key").write_text("nonsense")
    result = CliRunner().invoke(
        app, ["certificate", "--data-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    )

    assert result.exit_code == 1
    assert "ca.pem holds no certificate" in result.stderr
