"""What a token of single sign-on must be before anybody is believed: each thing that is wrong is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from poststelle.auth.openid import Client, OpenId, ProviderTrouble, Request

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ISSUER = "https://id.example/tenant"
CLIENT = Client(ISSUER, "poststelle", "geheim", "https://post.example/back")
KEY = RSAKey.generate_key(2048, parameters={"kid": "k1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "k1"})
CURVE = ECKey.generate_key("P-256", parameters={"kid": "k2"})
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "aud": "poststelle", "sub": "ina-1", "nonce": "n", "email": "ina@example.org",
    "email_verified": True, "exp": NOW.timestamp() + 300, "iat": NOW.timestamp(),
}  # fmt: skip


class Provider:
    """Answers as it is told; ``sent`` is what it was asked."""

    def __init__(self, token: str, **metadata: Any) -> None:
        self.documents: dict[str, Any] = {
            f"{ISSUER}/.well-known/openid-configuration": METADATA | metadata,
            "https://id.example/keys": {"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]},
            "https://id.example/token": {"id_token": token},
        }
        self.sent: list[Request] = []

    async def __call__(self, request: Request) -> tuple[int, bytes]:
        self.sent.append(request)
        return 200, json.dumps(self.documents[request.url]).encode()


def token(key: Any = KEY, alg: str = "RS256", kid: str | None = "k1", **claims: Any) -> str:
    header = {"alg": alg} | ({} if kid is None else {"kid": kid})
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode(header, said, key, algorithms=[alg])


def unsigned() -> str:
    parts = token().split(".")
    none = jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, KEY).split(".")
    return f"{parts[0]}.{none[1]}."


async def redeemed(provider: Provider) -> Any:
    return await OpenId(provider).redeem(CLIENT, "code", nonce="n", verifier="v", now=NOW)


async def test_a_good_token_says_who_it_is() -> None:
    """By either kind of key; the code goes with the verifier and the secret, to the provider alone."""
    for good in (token(), token(CURVE, "ES256", "k2"), token(aud=["poststelle", "x"], azp="poststelle")):
        provider = Provider(good)
        found = await redeemed(provider)
        assert (found.issuer, found.subject, found.email, found.is_email_verified) == (
            ISSUER, "ina-1", "ina@example.org", True,
        )  # fmt: skip
        [asked] = [one for one in provider.sent if one.form is not None]
        assert (asked.form or {})["code_verifier"] == "v"
        assert asked.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("told", "is_anew"),
    [(NOW.timestamp(), True), (NOW.timestamp() - 600, False), (None, False), ("x", False)],
)
async def test_who_signed_on_before_has_not_signed_on_anew(told: Any, is_anew: bool) -> None:
    """The provider has to say when: who sits at the browser can leave out that we asked for it."""
    found = await redeemed(Provider(token(auth_time=told)))
    assert found.has_signed_on_since(NOW.timestamp()) is is_anew


WRONG: dict[str, tuple[str, str]] = {
    "another issuer": (token(iss="https://id.example/other"), "token_issuer"),
    "for another program": (token(aud="x"), "audience"),
    "for several, of which none is named": (token(aud=["poststelle", "x"]), "audience"),
    "given to another program": (token(azp="x"), "audience"),
    "over": (token(exp=NOW.timestamp() - 600), "expired"),
    "without an end": (token(exp=None), "expired"),
    "of later": (token(iat=NOW.timestamp() + 600), "not_yet_valid"),
    "of another question": (token(nonce="m"), "nonce"),
    "of no question": (token(nonce=None), "nonce"),
    "about nobody": (token(sub=""), "subject"),
    "about a number": (token(sub=7), "subject"),
    "by another key": (token(OTHER), "signature"),
    "by a key nobody knows": (token(kid="k9"), "signature"),
    "by one of two keys": (token(kid=None), "signature"),
    "by our own secret": (token(OctKey.import_key("geheim-geheim-geheim-geheim-gehe"), "HS256"), "signature"),
    "without a signature": (unsigned(), "signature"),
    "no token": ("x.y.z", "signature"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_with_a_token_is_found(what: str) -> None:
    """And named."""
    given, code = WRONG[what]
    with pytest.raises(ProviderTrouble) as refused:
        await redeemed(Provider(given))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"issuer": "https://id.example/other"}, "issuer"),
        ({"issuer": ISSUER + "/"}, "issuer"),
        ({"token_endpoint": "http://id.example/token"}, "not_https"),
        ({"jwks_uri": "http://127.0.0.1/keys"}, "not_https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not_https"),
        ({"authorization_endpoint": "http://id.example/authorize"}, "not_https"),
        ({"jwks_uri": 7}, "discovery"),
    ],
)
async def test_documents_that_lead_elsewhere_are_refused(metadata: dict[str, Any], code: str) -> None:
    """Before anything is sent there."""
    provider = Provider(token(), **metadata)
    with pytest.raises(ProviderTrouble) as refused:
        await OpenId(provider).ask(CLIENT, "state")
    assert (refused.value.code, len(provider.sent)) == (code, 1)
