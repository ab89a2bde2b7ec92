"""Octets of text, by the character set that a stranger names.

Only sets that Python knows as text are looked up: what it keeps of unknown names
would grow with every message, and some of its codecs (``idna``, ``punycode``)
take time that grows with the square of the text.
"""

import re
from encodings.aliases import aliases

_NAME = re.compile(r"[\w.:+-]{1,40}", re.ASCII)
_NOT_FOR_MAIL = frozenset({
    "idna", "punycode", "unicode_escape", "raw_unicode_escape", "unicode_internal", "undefined", "mbcs",
    "oem",    "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec",
})  # fmt: skip
_MORE = frozenset({"utf_8_sig", "cp874", "cp65001", "koi8_u", "koi8_t", "tis_620", "cp720", "cp737", "cp856"})
_KNOWN = (frozenset(aliases) | frozenset(aliases.values()) | _MORE) - _NOT_FOR_MAIL
# What mail programs write and what they mean.
_MEANT = {
    "us_ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4_1968": "utf-8", "unknown_8bit": "utf-8",
    "8bit": "utf-8",
    "iso_8859_1": "windows-1252", "latin1": "windows-1252", "gb2312": "gb18030", "gbk": "gb18030",
    "ks_c_5601_1987": "cp949", "ks_c_5601": "cp949", "euc_kr": "cp949", "shift_jis": "cp932",
    "iso_8859_8_i": "iso-8859-8", "iso_8859_8_e": "iso-8859-8", "cp_850": "cp850",
    "windows_874": "cp874", "tis_620": "cp874",
}  # fmt: skip


def is_known(name: str) -> bool:
    """Whether text in this character set can be read."""
    return _codec(name) is not None


def decode(octets: bytes, name: str | None) -> tuple[str, bool]:
    """The text, and whether it could be read whole; what could not is U+FFFD.

    Without a name it is UTF-8, and what is not UTF-8 the one-octet set that most
    mail without a name was written in. A superset stands for the set that is
    named where mail programs write it so (latin1 for windows-1252).
    """
    codec = _codec(name or "us-ascii")
    for one, is_right in ((codec, True), ("utf-8", codec == "utf-8"), ("windows-1252", False)):
        if one is None:
            continue
        try:
            return octets.decode(one), is_right
        except UnicodeDecodeError:
            continue
        except (LookupError, ValueError):  # the codec itself gave up
            continue
    return octets.decode("utf-8", "replace"), False


def _codec(name: str) -> str | None:
    if not _NAME.fullmatch(name):
        return None
    plain = name.lower().replace("-", "_").replace(":", "_")
    if plain in _MEANT:
        return _MEANT[plain]
    return plain if plain in _KNOWN or plain.replace(".", "_") in _KNOWN else None
