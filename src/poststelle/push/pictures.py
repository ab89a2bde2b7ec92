"""Pictures that mail shows from the internet, fetched as nobody in particular: whoever counts them learns
neither who reads nor where, only that a server somewhere has asked.
"""

from urllib.parse import urldefrag, urljoin

from poststelle.push.outbound import NotReached, Outbound

LARGEST = 10_000_000
"""Octets of one picture."""
LONGEST_URL = 4_000
"""Some senders write a whole letter into the address by which they count."""
_MOST_TURNS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Poststelle)",
    "Accept": "image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.8",
    "Accept-Encoding": "identity",
}


async def fetch_picture(outbound: Outbound, url: str) -> bytes:
    """The octets behind an https address, wherever it sends us on to. Raises NotReached.

    Each address on the way is one that may be asked; those that say http are asked by https.
    Source: RFC 9110 §15.4.
    """
    for _ in range(_MOST_TURNS):
        found = await outbound.get(url, _HEADERS, LARGEST, LONGEST_URL)
        if found.status == 200:
            return found.octets
        if found.status not in _MOVED or not found.location:
            raise NotReached(f"status {found.status}")
        url = _next(url, found.location)
    raise NotReached("TooManyRedirects")


def _next(url: str, location: str) -> str:
    try:
        target = urldefrag(urljoin(url, location)).url
    except ValueError as problem:
        raise NotReached("BadAddress") from problem
    return "https://" + target.removeprefix("http://") if target.startswith("http://") else target
