"""Where pushes may go: out to the internet, and into our own network only as far as the operator says.

A user names the address, so without this the server could be sent to machines that
only it can reach. What counts is the address a connection is made to, not the name.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

LONGEST_URL = 2_000
_NAME = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z_-][a-z0-9_-]*\.?", re.IGNORECASE)
"""A host name whose last label begins with a letter: nothing that some reader takes for a number."""
_NAT64 = IPv6Network("64:ff9b::/96")  # IPv4 in IPv6: RFC 6052
_CARRIERS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("64:ff9b:1::/48"))
_NOT_GLOBAL = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"), IPv6Network("5f00::/16"))
_BUT_GLOBAL = frozenset({IPv4Address("192.0.0.9"), IPv4Address("192.0.0.10")})
"""What Python's ``is_global`` doesn't know. Source: IANA, "IPv4/IPv6 Special-Purpose Address Registry"."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class BadAddress(ValueError):
    """Nothing is sent there; the message says why."""


class Reach:
    """Decides by address. ``own`` are networks that are allowed although they are not public."""

    def __init__(self, own: Sequence[str] = ()) -> None:
        self._own: tuple[Network, ...] = tuple(ip_network(text) for text in own)

    def may(self, text: str) -> bool:
        """Whether a connection to this numeric address may be made."""
        try:
            address = _plain(ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if any(address in network for network in self._own):
            return True
        is_carried = any(address in network for network in _CARRIERS)
        is_special = address.is_multicast or address.is_reserved or address.is_unspecified
        is_known_global = address in _BUT_GLOBAL or not any(address in network for network in _NOT_GLOBAL)
        return address.is_global and is_known_global and not is_special and not is_carried

    def check(self, url: str) -> str:
        """The host of an address that may be pushed to, as far as can be told without asking for it.

        Raises BadAddress.
        """
        host = _host(url)
        if _is_numeric(host):
            if not self.may(host):
                raise BadAddress("this address is in a network that is not public")
        elif not _NAME.fullmatch(host):
            raise BadAddress("this is no name of a server")
        return host


class GuardedResolver(AbstractResolver):
    """Finds a name's addresses and keeps those within reach; OSError when none is left."""

    def __init__(self, reach: Reach, inner: AbstractResolver | None = None) -> None:
        self._reach, self._inner = reach, inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        kept = [one for one in found if self._reach.may(one["host"])]
        if not kept:
            raise OSError("none of this name's addresses is public")
        return kept

    async def close(self) -> None:
        await self._inner.close()


def _host(url: str) -> str:
    """Raises BadAddress for what is no plain https address."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress(f"an address has at most {LONGEST_URL} characters, all of ASCII and none a blank")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as problem:
        raise BadAddress("this is no address") from problem
    if parts.scheme != "https" or not parts.hostname:
        raise BadAddress("an address begins with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("an address has neither a user nor a fragment")
    return parts.hostname


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
