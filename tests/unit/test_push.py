"""Web Push: encryption, who we are, and where pushes may go."""

from __future__ import annotations

import socket
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import http_ece
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from poststelle.model.push import PushKeys
from poststelle.push.encryption import MOST_OCTETS, BadKeys, check_keys, encrypt
from poststelle.push.reach import BadAddress, GuardedResolver, Reach
from poststelle.push.vapid import Vapid, new_key


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def test_the_example_of_the_rfc_comes_out_to_the_octet() -> None:
    """Source: RFC 8291 §5."""
    keys = PushKeys(
        octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        octets("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    number = int.from_bytes(octets("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    ours = ec.derive_private_key(number, ec.SECP256R1())
    plain = b"When I grow up, I want to be a watermelon"
    body = encrypt(plain, keys, ours=ours, salt=octets("DGv6ra1nlYgDCS1FRnbzlw"))

    assert body == octets(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
        "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("length", [0, 1, MOST_OCTETS])
def test_another_implementation_reads_it(length: int) -> None:
    """Each time under other keys; the longest fills the 4,096 octets that all push services take."""
    private = ec.generate_private_key(ec.SECP256R1())
    keys = PushKeys(point(private), b"a" * 16)
    first, second = encrypt(b"x" * length, keys), encrypt(b"x" * length, keys)

    assert http_ece.decrypt(first, private_key=private, auth_secret=keys.auth) == b"x" * length
    assert first != second
    assert len(first) == length + 103 <= 4_096


def test_what_is_too_long_is_not_sent() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="longer"):
        encrypt(b"x" * (MOST_OCTETS + 1), PushKeys(point(private), b"a" * 16))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [(b"\x04" + b"\x01" * 64, b"a" * 16), (b"", b"a" * 16), (b"\x02" + b"\x01" * 32, b"a" * 16)],
)
def test_keys_that_are_none_are_told_apart(p256dh: bytes, auth: bytes) -> None:
    """A point that is not on the curve, none, a compressed one."""
    with pytest.raises(BadKeys):
        check_keys(PushKeys(p256dh, auth))


def test_push_services_know_us_by_our_key() -> None:
    """A token for their origin, good for half a day, signed with the key that goes with it. RFC 8292."""
    vapid, now = Vapid(new_key(), "https://mail.example.org"), datetime(2026, 11, 27, tzinfo=UTC)
    scheme, _, rest = vapid.authorization("https://push.example:8443/a/b?c=d", now).partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    x, y = octets(given["k"])[1:33], octets(given["k"])[33:]
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    pem = numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = jwt.decode(given["t"], ECKey.import_key(pem), algorithms=["ES256"])

    assert (scheme, given["k"]) == ("vapid", vapid.public_key)
    assert token.header == {"typ": "JWT", "alg": "ES256"}
    assert token.claims == {
        "aud": "https://push.example:8443",
        "exp": int(now.timestamp()) + 12 * 3600,
        "sub": "https://mail.example.org",
    }


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]",
        "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
        "[2001:0:7f00:1::]", "[ff02::1]",
        "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.171", "192.88.99.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "240.0.0.1", "0.1.2.3", "100.127.255.255", "172.31.0.1", "168.63.129.16",
        "[3fff::1]", "[5f00::1]", "[fec0::1]", "[fec0::a00:1]", "[feff::1]", "[fd00::1]", "[febf::1]",
        "239.255.255.250", "[ff0e::1]",
        "[::7f00:1]", "[::ffff:0:7f00:1]", "[::ffff:100.64.0.1]", "[64:ff9b:1::808:808]", "[64:ff9b::c612:1]",
        "[2002:808:808::1]", "[2001:10::1]", "[2001:20::1]", "[2001:2::1]", "[2001:db8::1]", "[100::1]",
        "[100:0:0:1::1]", "[4000::1]", "[1::1]", "[fe00::1]",
        "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "1.2.3", "a.0x7f", "a.1",
    ],
)  # fmt: skip
def test_nothing_is_sent_into_our_own_network(host: str) -> None:
    """Neither by number in any form that something might read as one, nor wrapped in another protocol's."""
    with pytest.raises(BadAddress):
        Reach().check(f"https://{host}/push")


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/", "ftp://push.example/", "https:///x", "https://", "push.example", "",
        "https://user@push.example/", "https://u:p@push.example/", "https://push.example/#x", "https://push.example:x/",
        "https://push.example:99999/", "https://push.example/a b", "https://push.example\\@10.0.0.1/", "https://püsh.example/",
        "https://push.example/\r\nX: y", "https://" + "a" * 2000 + ".example/", "https://a..example/", "https://[::1/",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_are_pushed_to(url: str) -> None:
    with pytest.raises(BadAddress):
        Reach().check(url)


@pytest.mark.parametrize(
    "url",
    ["https://push.example/x?y=z", "https://push.example:8443/", "https://8.8.8.8/", "https://[2606:4700::1]/",
     "https://xn--psh-hoa.example/", "https://fcm.4.example.x1/", "https://[64:ff9b::808:808]/",
     "https://[::ffff:808:808]/", "https://192.0.1.1/", "https://172.32.0.1/", "https://100.128.0.1/", "https://198.20.0.1/",
     "https://223.255.255.1/", "https://[2001:200::1]/", "https://[2a00:1450::1]/"],
)  # fmt: skip
def test_public_addresses_are(url: str) -> None:
    Reach().check(url)


def test_own_networks_are_open_where_the_operator_says_so() -> None:
    """These and no others."""
    reach = Reach(["127.0.0.0/8", "fd00::/8"])

    assert [reach.may(a) for a in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::1", "8.8.8.8")] == [True] * 4
    assert [reach.may(a) for a in ("10.0.0.1", "fc00::1", "::1", "x", "")] == [False] * 5


class Names(AbstractResolver):
    """Knows one name with these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in self._addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.anyio
async def test_a_name_counts_by_its_addresses() -> None:
    """At the moment of the connection: a name that leads home is no way around."""
    mixed = GuardedResolver(Reach(), Names("10.0.0.1", "8.8.8.8", "fe80::1%eth0"))

    assert [found["host"] for found in await mixed.resolve("push.example", 443)] == ["8.8.8.8"]
    with pytest.raises(OSError, match="public"):
        await GuardedResolver(Reach(), Names("127.0.0.1", "::1")).resolve("push.example", 443)
