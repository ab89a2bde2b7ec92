"""Settings > Basic settings > Microsoft: the app registration, whose secrets are never told."""

import logging
from pathlib import Path

import pytest
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.running import RunningServer, running_server
from tests.unit.access.test_microsoft_settings import GUID, certificate, key, private

__all__ = ["key"]
SECRET = "Very~Secret.Value_42"
PATH = "/api/settings/microsoft"


def test_a_fresh_installation_has_no_app(server: RunningServer, admin: Client) -> None:
    """The page shows the redirect address and the permissions to enter at Microsoft."""
    public = server.built.services.config.public_url
    assert admin.get(PATH).json == {
        "client_id": "", "has_secret": False, "has_certificate": False, "certificate_thumbprint": None,
        "tenant": "common", "cloud": "global", "secret_expires_at": None,
        "certificate_expires_at": None, "app_tenant": None,
        "redirect_uri": f"{public}/sign-in/microsoft/callback",
        "approved_uri": f"{public}/sign-in/microsoft/approved",
        "scopes": ["User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite",
                   "Mail.ReadWrite.Shared", "Mail.Send.Shared"],
    }  # fmt: skip


def test_values_are_kept_and_only_what_is_sent_changes(admin: Client) -> None:
    """Client id, secret and date are saved at once; null clears a field."""
    saved = admin.put(PATH, {"client_id": GUID, "secret": SECRET, "secret_expires_at": "2027-11-30"}).json
    assert (saved["client_id"], saved["has_secret"], saved["secret_expires_at"]) == (
        GUID.lower(),
        True,
        "2027-11-30",
    )
    later = admin.put(PATH, {"tenant": "Contoso.com"}).json
    assert (later["tenant"], later["has_secret"]) == ("contoso.com", True)
    assert admin.put(PATH, {"secret": "Another~One"}).json["secret_expires_at"] is None
    assert admin.put(PATH, {"secret": None}).json["has_secret"] is False


def test_one_bad_field_keeps_all_as_it_was(admin: Client) -> None:
    """A good client id beside an unknown cloud isn't saved either."""
    answer = admin.put(PATH, {"client_id": GUID, "cloud": "germany"})
    assert (answer.status, answer.code, answer.params["field"]) == (422, "invalid_cloud", "cloud")
    assert admin.get(PATH).json["client_id"] == ""


def test_a_certificate_shows_its_thumbprint(admin: Client, key: object) -> None:
    """The pasted text goes in; the thumbprint comes out; an empty text removes both."""
    saved = admin.put(PATH, {"certificate": certificate(key) + private(key)}).json  # type: ignore[arg-type]  # a fixture
    assert saved["has_certificate"] is True
    assert len(saved["certificate_thumbprint"]) == 40
    assert saved["certificate_expires_at"]
    assert admin.put(PATH, {"certificate": "nonsense"}).code == "invalid_certificate"
    cleared = admin.put(PATH, {"certificate": ""}).json
    assert (cleared["has_certificate"], cleared["certificate_thumbprint"]) == (False, None)


def test_secrets_are_in_no_answer_no_log_no_file(
    tmp_path: Path, key: object, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the API nor the audit trail nor the log nor the database tells a secret or a password."""
    pem = private(key)  # type: ignore[arg-type]  # a fixture
    with caplog.at_level(logging.DEBUG), running_server(tmp_path) as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        client.put(PATH, {"client_id": GUID, "secret": SECRET})
        client.put(PATH, {"certificate": certificate(key) + pem})  # type: ignore[arg-type]  # a fixture
        client.put(PATH, {"secret": "two words of a secret"})
        client.post("/api/login", {"login": "sabine", "password": "wrong-password-1"})
        for path in (PATH, "/api/audit", "/api/users", "/api/start", "/api/accounts"):
            assert client.get(path).status == 200
    told = b"".join(client.seen) + caplog.text.encode() + "".join(capfd.readouterr()).encode()
    files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    key_line = pem.splitlines()[5].encode()
    for secret in (
        SECRET.encode(),
        PASSWORD.encode(),
        b"two words of a secret",
        b"wrong-password-1",
        key_line,
    ):
        assert secret not in told
        assert secret not in files


def test_changes_are_in_the_audit_trail_without_secrets(admin: Client) -> None:
    """Plain values are told, of a secret only that it was set or cleared."""
    admin.put(PATH, {"client_id": GUID, "secret": SECRET})
    admin.put(PATH, {"secret": ""})
    told = [(e["subject"], e["detail"]) for e in admin.get("/api/audit").json["entries"]][:4]
    assert told == [
        ("microsoft.secret", {"cleared": True}),
        ("microsoft.secret_expires_at", {"cleared": True}),
        ("microsoft.secret", {"cleared": False}),
        ("microsoft.client_id", {"cleared": False, "value": GUID.lower()}),
    ]


def test_the_environments_app_is_used_until_another_is_set(tmp_path: Path) -> None:
    """A preset client id shows with its secret; another client id doesn't inherit that secret."""
    with running_server(tmp_path, MICROSOFT_CLIENT_ID="demo-app", MICROSOFT_CLIENT_SECRET="demo") as server:
        client = server.client
        client.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        preset = client.get(PATH).json
        own = client.put(PATH, {"client_id": GUID}).json
    assert (preset["client_id"], preset["has_secret"]) == ("demo-app", True)
    assert (own["client_id"], own["has_secret"]) == (GUID.lower(), False)
