"""Where requests may go whose address people or mail name: out to the internet, and into our own network
only as far as the operator says.

Others name the address, so without this the server could be sent to machines that
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
_UNICAST = IPv6Network("2000::/3")
"""The one part of IPv6 that is given out: site-local, unique local and all else lie outside."""
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # the host below a virtual machine of Azure's, seen by that machine alone
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""Spelled out, for ``is_global`` differs between versions of Python. 192.0.0.0/24 and 2001::/23 are denied
whole: the few of them that are reachable lead to servers of the nearest network. 6to4 and Teredo (2002::/16,
2001::/32) carry any IPv4 address, and no push service lives behind a tunnel.

Source: IANA, "IPv4/IPv6 Special-Purpose Address Registry", read 2026-11-27; RFC 4291 §2.4.
"""

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
        is_given_out = isinstance(address, IPv4Address) or address in _UNICAST
        return is_given_out and not any(address in network for network in _NOT_PUBLIC)

    def check(self, url: str, longest: int = LONGEST_URL) -> str:
        """The host of an address that may be asked, as far as can be told without asking for it.

        Raises BadAddress.
        """
        host = _host(url, longest)
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


def _host(url: str, longest: int) -> str:
    """Raises BadAddress for what is no plain https address."""
    if len(url) > longest or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress(f"an address has at most {longest} characters, all of ASCII and none a blank")
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
