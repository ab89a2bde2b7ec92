"""An id_token counts only when every check holds."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from poststelle.providers.graph.id_token import Identity, check_id_token
from poststelle.providers.graph.oauth_http import OauthAnswer
from poststelle.providers.graph.sign_in_errors import SignInRefused

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
BASE = "https://login.example"
TID = "3f2b8a10-6f0e-4b5e-9d0a-0c5a7f1e2b3c"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


OLD, NEW = new_key("old"), new_key("new")


@dataclass
class Microsoft:
    """Discovery and keys; ``remembered`` keys are older than ``current`` ones."""

    current: list[RSAKey]
    remembered: list[RSAKey] | None = None
    fetched: list[str] = field(default_factory=list)

    def get(self, url: str, *, is_fresh: bool = False) -> OauthAnswer:
        if url.endswith("openid-configuration"):
            document: Any = {"issuer": f"{BASE}/{{tenantid}}/v2.0", "jwks_uri": f"{BASE}/keys"}
        else:
            self.fetched.append("fresh" if is_fresh else "any")
            keys = self.current if is_fresh or self.remembered is None else self.remembered
            document = {"keys": [key.as_dict(private=False) for key in keys]}
        return OauthAnswer(200, json.dumps(document), {})


def token(key: RSAKey = NEW, /, **changes: object) -> str:
    claims = {
        "iss": f"{BASE}/{TID}/v2.0",
        "aud": "app",
        "exp": NOW.timestamp() + 3600,
        "nbf": NOW.timestamp(),
        "nonce": "n",
        "oid": "o",
        "tid": TID,
        "preferred_username": "info@buero.example",
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims | changes, key)


def check(id_token: str, http: Microsoft | None = None) -> Identity:
    return check_id_token(
        id_token,
        http=http or Microsoft([NEW]),
        authority=f"{BASE}/common",
        client_id="app",
        nonce="n",
        now=NOW,
    )


def test_a_good_token_tells_who_signed_in() -> None:
    """The issuer is a template: the tenant of the token stands in it."""
    assert check(token()) == Identity("o", TID, "info@buero.example")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": f"{BASE}/other/v2.0"}, "issuer"),
        ({"iss": "https://elsewhere.example/v2.0"}, "issuer"),
        ({"aud": "another app"}, "audience"),
        ({"exp": NOW.timestamp() - 301}, "expired"),
        ({"exp": "never"}, "expired"),
        ({"nbf": NOW.timestamp() + 301}, "not_yet_valid"),
        ({"nonce": "another sign-in's"}, "nonce"),
        ({"oid": None}, "identity"),
    ],
)
def test_each_check_refuses_by_itself(changes: dict[str, object], reason: str) -> None:
    """One wrong claim is enough."""
    with pytest.raises(SignInRefused, match=f"id_token_{reason}"):
        check(token(**changes))


def test_a_key_that_rolled_is_fetched_once() -> None:
    """An unknown key id makes us look again, past our memory."""
    http = Microsoft(current=[OLD, NEW], remembered=[OLD])

    assert check(token(NEW), http).oid == "o"
    assert http.fetched == ["any", "fresh"]


@pytest.mark.parametrize(
    "forged",
    [
        token(new_key("new")),
        token(new_key("unknown")),
        jwt.encode({"alg": "HS256", "kid": "new"}, {"aud": "app"}, OctKey.generate_key(256)),
        "eyJhbGciOiJub25lIn0.e30.",
        "opaque",
        "",
    ],
    ids=["same kid", "unknown kid", "HS256", "none", "opaque", "empty"],
)
def test_a_forged_signature_is_refused(forged: str) -> None:
    """Another key, another algorithm, no algorithm, no token."""
    with pytest.raises(SignInRefused, match="id_token_signature"):
        check(forged)
