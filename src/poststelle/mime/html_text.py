"""The words of an HTML text, as a preview shows them.

No tree is made of it. Parsers that do what browsers do take time that grows with the square of the nesting,
and whoever sends a mail chooses that. Here every character is looked at a few times, whatever it is.

A search for an expression lets no other thread run until it ends. So no search is given more than a slice;
what does not end within one is followed to its end by other means.

Source: HTML, "Tokenization".
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import count
from unicodedata import category

LONGEST_HTML = 2_000_000
"""Characters that are looked at: ten for each one of text that is searched (``words.LONGEST_TEXT``)."""
SLICE = 16_384
"""Characters that are looked at in one go: a few milliseconds, whatever they are."""

Check = Callable[[], object]

# Tags that do not end a word: Word puts them anywhere. One that is not closed before the next begins waits
# for _MARKUP, which knows whether it is a tag at all.
_INLINE = re.compile(
    r"""</?(?:[abiu]|s(?:trong|pan|mall|ub|up)?|em|font|mark|big|wbr)
    (?:\s[^<>"']*+(?>(?:(?:"[^"<>]*+"|'[^'<>]*+')[^<>"']*+){0,1000}))?>""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)

# Each part takes all that it has begun, to the end of the text if need be (\Z), and gives nothing back: *+,
# and (?>…) for groups, where *+ errs in Python before 3.11.5 (Debian 12 has 3.11.2).
_ATTRIBUTE = r"""=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+)[^>=]*+"""
_REST_OF_TAG = rf"[^>=]*+(?>(?:{_ATTRIBUTE})*)(?:>|\Z)"
_MARKUP = re.compile(
    rf"""<(?:
      (?P<silent>script|style|title)(?=[\s/>]){_REST_OF_TAG}
      [^<]*+(?>(?:<(?!/(?P=silent)[\s/>])[^<]*+)*)(?:<{_REST_OF_TAG}|\Z)
    | (?P<template>/?template(?=[\s/>]){_REST_OF_TAG})
    | /?[a-z]{_REST_OF_TAG}
    | !--(?:-?>|[^-]*+(?>(?:-(?!-!?>)[^-]*+)*)(?:--!?>|\Z))
    | (?:[!?]|/(?=.))[^>]*+(?:>|\Z)
    )""",
    re.ASCII | re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_TEMPLATE = re.compile("<[tT][eE][mM][pP][lL][aA][tT][eE]")  # a tenth of the time that IGNORECASE takes

# The same, of what is longer than a slice.
_BEGINNING = re.compile(
    r"<(?:(?P<silent>script|style|title)(?=[\s/>])|(?P<tag>/?[a-z])|(?P<comment>!--(?P<none>-?>)?))",
    re.ASCII | re.IGNORECASE,
)
_SOME_OF_TAG = re.compile(rf"[^>=]*+(?>(?:{_ATTRIBUTE}){{0,1000}})", re.ASCII)
_BEHIND_NAME = frozenset("\t\n\v\f\r />")

# What ends a line, and what stands on lines of its own. Marked by characters that HTML has no use for.
_LINE, _BLOCK = "\x1e", "\x1f"
_LINES = re.compile(
    r"<(?=(?:(?P<line>br)|/?(?:p|div|li|ul|ol|dl|d[td]|h[1-6r]|table|tr|pre|blockquote|body))[\s/>])",
    re.ASCII | re.IGNORECASE,
)

_PICTURE = re.compile(r"<(?:img|image|svg)(?=[\s/>])", re.ASCII | re.IGNORECASE)
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})

# No character has so long a number, and Python refuses to read one of some thousand digits.
_LONG_NUMBER = re.compile("&#[0-9]{9,}+;?")


def unasked() -> None:
    """Of what is small: done before anybody could end it."""


def words_of(html: str, check: Check = unasked) -> str:
    """The text without tags, blanks folded; "" for what holds none. It is text, not safe HTML."""
    return " ".join(text_of(html, check).split())


def text_of(html: str, check: Check = unasked) -> str:
    """As ``words_of``, with the blanks as they come.

    ``check`` is asked before each slice: what it raises ends the work.
    """
    html = html[:LONGEST_HTML]
    pieces = [_INLINE.sub("", html[start:end]) for start, end in _slices(html, "<", check)]
    html = "".join(pieces)
    if any(_TEMPLATE.search(piece) for piece in pieces):
        html = _without_templates(html, check)
    text = _without_markup(html, check)
    if "&" not in text:
        return text
    return "".join([_unescaped(text[start:end]) for start, end in _slices(text, "&", check)])


def lines_of(html: str, check: Check = unasked) -> str:
    """The text in lines, as a reader sees them; blanks within them folded, none at either end.

    Each paragraph is a line, and so is an empty one; a break that ends a paragraph is none.
    """
    html = html[:LONGEST_HTML].replace(_LINE, " ").replace(_BLOCK, " ")
    marked = (_LINES.sub(_marked, html[start:end]) for start, end in _slices(html, "<", check))
    lines: list[str] = []
    for block in text_of("".join(marked), check).split(_BLOCK):
        check()
        own = [" ".join(line.split()) for line in block.split(_LINE)]
        if len(own) > 1 and not own[-1]:
            own.pop()
        if own != [""] or _LINE in block or "\xa0" in block:
            lines += own
    return "\n".join(lines).strip("\n")


def shows_nothing(html: str, check: Check = unasked) -> bool:
    """Whether a reader sees neither a sign nor a picture. What a style hides counts as seen."""
    if any(category(sign) not in _UNSEEN for sign in text_of(html, check)):
        return False
    html = html[:LONGEST_HTML]
    return not any(_PICTURE.match(html, start) for start in _shown_markup(html, check))


def _shown_markup(html: str, check: Check) -> Iterator[int]:
    """Where each tag begins that is in no template."""
    depth = 0
    for start, _, template in _all_markup(html, check):
        if template is not None:
            depth = max(0, depth - 1) if template.startswith("/") else depth + 1
        elif depth == 0:
            yield start


def _marked(found: re.Match[str]) -> str:
    return f"{_LINE if found['line'] else _BLOCK}<"


def _without_markup(html: str, check: Check) -> str:
    shown: list[str] = []
    start = 0
    while start < len(html):
        check()
        end, piece = _piece(html, start)
        text = _MARKUP.sub(" ", piece)
        if end == len(html):
            shown.append(text)
        elif text.endswith("<"):
            shown.append(text[:-1])
        else:
            longer = start + max(found.start() for found in _MARKUP.finditer(piece))
            shown.append(_MARKUP.sub(" ", html[start:longer]) + " ")
            end = _end(html, longer, check)
        start = end
    return "".join(shown)


def _without_templates(html: str, check: Check) -> str:
    """The HTML without what no reader sees; templates may stand in templates."""
    shown: list[str] = []
    depth = at = 0
    for start, end, template in _all_markup(html, check):
        if template is None:
            continue
        if depth == 0:
            shown.append(html[at:start])
        depth = max(0, depth - 1) if template.startswith("/") else depth + 1
        at = end
    if depth == 0:
        shown.append(html[at:])
    return " ".join(shown)


def _all_markup(html: str, check: Check) -> Iterator[tuple[int, int, str | None]]:
    """Where each tag, comment and silent element begins and ends; of a template's tag what it says too."""
    start = 0
    while start < len(html):
        check()
        end, piece = _piece(html, start)
        behind = end
        for found in _MARKUP.finditer(piece):
            first, last = start + found.start(), start + found.end()
            behind = last if last <= end else _end(html, first, check)
            yield first, behind, found["template"]
        start = max(end, behind)


def _piece(html: str, start: int) -> tuple[int, str]:
    """Where the slice ends, and what it holds. Behind it comes a ``<`` if more follows.

    That is text, unless something has begun in the slice that does not end there: then it belongs to that.
    """
    if len(html) - start <= SLICE:
        return len(html), html[start:]
    end = html.rfind("<", start + 1, start + SLICE)
    if end < 0:
        end = start + SLICE
    return end, html[start:end] + "<"


def _end(html: str, start: int, check: Check) -> int:
    """Where what begins at ``start`` has ended, as _MARKUP would find it."""
    found = _BEGINNING.match(html, start)
    if found is None:
        return _behind(html, ">", start, len(html))
    if found["tag"]:
        return _end_of_tag(html, found.end(), check)
    if found["silent"]:
        return _end_of_silent(html, found["silent"], _end_of_tag(html, found.end(), check), check)
    if found["none"]:
        return found.end()
    end = _behind(html, "-->", found.end(), len(html))
    return _behind(html, "--!>", found.end(), end)


def _end_of_tag(html: str, at: int, check: Check) -> int:
    while (found := _SOME_OF_TAG.match(html, at)) is not None:
        check()
        at = found.end()
        if html[at : at + 1] != "=":
            break
    return min(at + 1, len(html))


def _end_of_silent(html: str, name: str, at: int, check: Check) -> int:
    for tried in count():
        if tried % 1000 == 0:
            check()
        at = html.find("</", at)
        if at < 0:
            break
        at += 2
        behind = at + len(name)
        if html[at:behind].lower() == name.lower() and html[behind : behind + 1] in _BEHIND_NAME:
            return _end_of_tag(html, behind, check)
    return len(html)


def _behind(html: str, sign: str, start: int, end: int) -> int:
    """Where the first of these signs has ended; ``end`` where there is none before."""
    at = html.find(sign, start, end)
    return end if at < 0 else at + len(sign)


def _unescaped(text: str) -> str:
    return unescape(_LONG_NUMBER.sub("\N{REPLACEMENT CHARACTER}", text))


def _slices(text: str, sign: str, check: Check) -> Iterator[tuple[int, int]]:
    """Where to cut the text so that what begins with ``sign``, and has no other in it, stays whole.

    A stretch without one may be longer than a slice: there is nothing to be looked for in it.
    """
    start = 0
    while start < len(text):
        check()
        end = _cut(text, sign, start)
        yield start, end
        start = end


def _cut(text: str, sign: str, start: int) -> int:
    if len(text) - start <= SLICE:
        return len(text)
    end = text.rfind(sign, start + 1, start + SLICE)
    if end < 0:
        end = text.find(sign, start + SLICE)
    return len(text) if end < 0 else end
