"""Which parts of a message are its text, and which are attached. Source: RFC 8621 §4.1.4."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from poststelle.mime.parts import Part

_SHOWN = ("image/", "audio/", "video/")


@dataclass(slots=True)
class Bodies:
    """What to show for the text, for the HTML text, and what is attached."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)


def bodies(root: Part) -> Bodies:
    """The lists that the RFC's own algorithm makes of the tree."""
    found = Bodies()
    _sort([root], "mixed", found.text, found.html, found.attachments, is_in_alternative=False)
    return found


def has_attachment(found: Bodies) -> bool:
    """Whether there is something to offer for saving: more than what the text itself shows."""
    return any(part.disposition != "inline" or part.cid is None for part in found.attachments)


def _sort(
    parts: Sequence[Part],
    kind: str,
    text: list[Part] | None,
    html: list[Part] | None,
    attached: list[Part],
    *,
    is_in_alternative: bool,
) -> None:
    texts, htmls = -1 if text is None else len(text), -1 if html is None else len(html)
    for index, part in enumerate(parts):
        if part.is_multipart:
            inner = part.type.partition("/")[2]
            is_inner = is_in_alternative or inner == "alternative"
            _sort(part.parts, inner, text, html, attached, is_in_alternative=is_inner)
        elif not _is_shown(part, index, kind):
            attached.append(part)
        elif kind == "alternative":
            _sort_alternative(part, text, html, attached)
        else:
            if is_in_alternative:
                html = None if part.type == "text/plain" else html
                text = None if part.type == "text/html" else text
            for chosen in (text, html):
                if chosen is not None:
                    chosen.append(part)
            if (text is None or html is None) and part.type.startswith(_SHOWN):
                attached.append(part)
    if kind == "alternative" and text is not None and html is not None:
        if texts == len(text) and htmls != len(html):  # an HTML text only
            text.extend(html[htmls:])
        elif htmls == len(html) and texts != len(text):  # a plain text only
            html.extend(text[texts:])


def _sort_alternative(
    part: Part, text: list[Part] | None, html: list[Part] | None, attached: list[Part]
) -> None:
    chosen = {"text/plain": text, "text/html": html}.get(part.type, attached)
    if chosen is not None:
        chosen.append(part)


def _is_shown(part: Part, index: int, kind: str) -> bool:
    """Whether a part is body rather than attached."""
    is_media = part.type.startswith(_SHOWN)
    if part.disposition == "attachment" or not (is_media or part.type in {"text/plain", "text/html"}):
        return False
    return index == 0 or (kind != "related" and (is_media or not part.name))
