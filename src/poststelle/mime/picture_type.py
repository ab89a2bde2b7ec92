"""What kind of picture octets are, by how they begin: what a server calls them is not believed.

Source: WHATWG, "MIME Sniffing" §6.1; of AVIF ISO/IEC 23000-22, "Image File Format", its brands.
"""

import re

_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBPVP", re.DOTALL), "image/webp"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"BM"), "image/bmp"),
    (re.compile(rb"\x00\x00\x01\x00"), "image/x-icon"),
)


def picture_type(octets: bytes) -> str | None:
    """The type, of those that all browsers draw and none runs; None for anything else, SVG too."""
    return next((type_ for pattern, type_ in _KINDS if pattern.match(octets)), None)
