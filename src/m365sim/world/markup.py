"""HTML that the parser takes in a time that grows with its length, whatever was written.

For every tag a parser looks through the elements that are open, and for every attribute through those of its
tag. So the price of a page grows with its length times its depth. Browsers cut the depth (Chromium: 512); the
parser here does not, so it is given pages that are not deep: what would be too much is left out before.

What is counted is hardly less than what the parser will find, for whoever knows how to write badly: elements
that only the parser's own rules would end count as open, and an end counts only where it is surely seen.

Source: HTML, "Tokenization", "Tree construction", "The stack of open elements".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

SHORT = 16_000
"""Characters in which nothing can be written that takes long."""
MAX_DEPTH = 200
MAX_STYLED = 8
"""Open elements that the parser may have to open anew in every paragraph: `<b>`, `<font>` and the like."""
MAX_ELEMENTS = 60_000
"""What comes after so many elements, those that the parser makes of open styles with them, is words alone."""
MAX_ATTRIBUTES = 200
MAX_PAGES = 50
"""`<html>` and `<body>`, which all add their attributes to one element."""

_NAME = r"[a-zA-Z][^\s/>]*+"
_VALUE = r"""\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"'>][^\s>]*+)?+"""
_ATTRIBUTE = rf"=?+[^\s/>=]++(?:{_VALUE})?+|="
_TOKEN = re.compile(
    rf"<!--(?:-?+>|.*?(?:--!?>|\Z))|<(?P<end>/?+)(?P<name>{_NAME})(?P<rest>(?:[\s/]++|{_ATTRIBUTE})*+)(?:>|\Z)"
    r"|<!\[CDATA\[|<[!?/][^>]*+(?:>|\Z)",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_ANY_TAG = re.compile(r"<[^>]*+(?:>|\Z)")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STYLED = _names("a b big code em font i nobr s small strike strong tt u")
_FREE = _names(
    "p li td th tr tbody thead tfoot caption colgroup"  # ended by the next of its kind, or by a table's end
    " area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
_WALLS = _names(
    "script style title textarea xmp iframe noembed noframes noscript plaintext"
    " applet marquee object template table select svg math desc foreignobject"
)
"""Beyond these no end of another element is seen, or it is none: there it is text."""
_SPECIAL = _WALLS | _names(
    "address article aside blockquote body button center dd details dir div dl dt fieldset figcaption figure"
    " footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup html listing main menu nav ol pre search"
    " section summary ul"
)
"""What an end of any element but these is not seen beyond."""
_CDATA = "![cdata["
_ONCE = frozenset(("html", "body"))


def bounded(html: str) -> str:
    """The HTML without what would make it too deep; as it is, wherever people or programs wrote it."""
    html = html.encode("utf-8", "replace").decode()
    return html if len(html) <= SHORT else "".join(_pieces(html))


def _pieces(html: str) -> Iterator[str]:
    counted, at = _Open(), 0
    for token in _TOKEN.finditer(html):
        if counted.elements >= MAX_ELEMENTS:
            break
        if not counted.takes(token):
            yield html[at : token.start()]
            yield " "
            at = token.end()
    yield html[at:] if counted.elements < MAX_ELEMENTS else _ANY_TAG.sub(" ", html[at:])


class _Open:
    """What is open at most, after each tag that was taken. Styles are counted, all else stands in a stack."""

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._walls: list[int] = []
        self._special: list[int] = []
        self._styles: Counter[str] = Counter()
        self._styled = self._pages = 0
        self.elements = 0

    def takes(self, token: re.Match[str]) -> bool:
        """Whether a tag, comment or the like may stay."""
        name = token["name"]
        if name is None:
            return not token[0].startswith("<![CDATA[") or self._opens(_CDATA)
        name = name.lower()
        if token["end"]:
            self._close(name)
            return True
        self.elements += 1 + self._styled
        self._pages += name in _ONCE
        if name in _ONCE and self._pages > MAX_PAGES:
            return False
        rest = token["rest"]
        if len(rest) > MAX_ATTRIBUTES and len(_ATTRIBUTES.findall(rest)) > MAX_ATTRIBUTES:
            return False
        return name in _FREE or self._opens(name)

    def _opens(self, name: str) -> bool:
        """Whether one more may be opened, and then it is."""
        if name in _STYLED:
            may = self._styled < MAX_STYLED
            self._styled += may
            self._styles[name] += may
            return may
        if len(self._stack) == MAX_DEPTH:
            return False
        for places in self._lists(name):
            places.append(len(self._stack))
        self._stack.append(name)
        return True

    def _close(self, name: str) -> None:
        if self._styles[name]:
            self._styles[name] -= 1
            self._styled -= 1
        if not self._places.get(name):
            return
        at = self._places[name][-1]
        hiding = self._walls if name in _SPECIAL else self._special
        if hiding and hiding[-1] > at:
            return
        while len(self._stack) > at:
            for places in self._lists(self._stack.pop()):
                places.pop()

    def _lists(self, name: str) -> list[list[int]]:
        """Where the places of such an element are noted."""
        lists = [self._places[name]]
        if name in _WALLS or name == _CDATA:
            lists.append(self._walls)
        if name in _SPECIAL or name == _CDATA:
            lists.append(self._special)
        return lists
