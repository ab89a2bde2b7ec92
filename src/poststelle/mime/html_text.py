"""The words of an HTML text, as a preview shows them.

No tree is made of it. Parsers that do what browsers do take time that grows with the square of the nesting,
and whoever sends a mail chooses that. Here every character is looked at a few times, whatever it is.

Source: HTML, "Tokenization".
"""

import re
from html import unescape

LONGEST_HTML = 2_000_000
"""Characters that are looked at: ten for each one of text that is searched (``words.LONGEST_TEXT``)."""

# Tags that do not end a word: Word puts them anywhere. One that is not closed before the next begins waits
# for _MARKUP, which knows whether it is a tag at all.
_INLINE = re.compile(
    r"""</?(?:a|b|i|u|s|em|strong|span|font|mark|big|small|sub|sup|wbr)
    (?:\s[^<>"']*+(?>(?:(?:"[^"<>]*+"|'[^'<>]*+')[^<>"']*+)*))?>""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)

# Each part takes all that it has begun, to the end of the text if need be (\Z), and gives nothing back: *+,
# and (?>…) for groups, where *+ errs in Python before 3.11.5 (Debian 12 has 3.11.2).
_REST_OF_TAG = r"""[^>=]*+(?>(?:=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+)[^>=]*+)*)(?:>|\Z)"""
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

# No character has so long a number, and Python refuses to read one of some thousand digits.
_LONG_NUMBER = re.compile("&#[0-9]{9,}+;?")


def words_of(html: str) -> str:
    """The text without tags, blanks folded; "" for what holds none. It is text, not safe HTML."""
    return " ".join(text_of(html).split())


def text_of(html: str) -> str:
    """As ``words_of``, with the blanks as they come."""
    html = _INLINE.sub("", html[:LONGEST_HTML])
    if _TEMPLATE.search(html):
        html = _without_templates(html)
    text = _MARKUP.sub(" ", html)
    return unescape(_LONG_NUMBER.sub("\N{REPLACEMENT CHARACTER}", text)) if "&" in text else text


def _without_templates(html: str) -> str:
    """The HTML without what no reader sees; templates may stand in templates."""
    shown: list[str] = []
    depth = at = 0
    for found in _MARKUP.finditer(html):
        if found["template"] is None:
            continue
        if depth == 0:
            shown.append(html[at : found.start()])
        depth = max(0, depth - 1) if found["template"].startswith("/") else depth + 1
        at = found.end()
    if depth == 0:
        shown.append(html[at:])
    return " ".join(shown)
