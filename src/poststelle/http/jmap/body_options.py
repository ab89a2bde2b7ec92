"""What Email/get and Email/parse are told of bodies, read alike. Source: RFC 8621 §4.2, §4.9."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from poststelle.http.jmap import headers
from poststelle.http.jmap.args import Args

BODY_PROPERTIES = frozenset({"bodyValues", "textBody", "htmlBody", "attachments", "bodyStructure"})
DEFAULT_PART_PROPERTIES = (
    "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location",
)  # fmt: skip
PART_PROPERTIES = frozenset({*DEFAULT_PART_PROPERTIES, "subParts"})


@dataclass(frozen=True, slots=True)
class BodyOptions:
    """The further arguments of Email/get; ``max_octets`` 0: texts come whole."""

    part_properties: Sequence[str] = DEFAULT_PART_PROPERTIES
    fetch_text: bool = False
    fetch_html: bool = False
    fetch_all: bool = False
    max_octets: int = 0

    @property
    def has_texts(self) -> bool:
        """Whether any text is to be told."""
        return self.fetch_text or self.fetch_html or self.fetch_all

    @property
    def has_part_headers(self) -> bool:
        return any(map(headers.is_header, self.part_properties))


def take(args: Args) -> BodyOptions:
    """Raises MethodError invalidArguments."""
    part_properties = args.names("bodyProperties")
    headers.check(part_properties or (), PART_PROPERTIES, "body property")
    return BodyOptions(
        fetch_text=args.take("fetchTextBodyValues", bool, False),
        fetch_html=args.take("fetchHTMLBodyValues", bool, False),
        fetch_all=args.take("fetchAllBodyValues", bool, False),
        max_octets=args.unsigned("maxBodyValueBytes") or 0,
        **({} if part_properties is None else {"part_properties": tuple(part_properties)}),
    )


def value_json(text: str, type_: str, options: BodyOptions, *, is_whole: bool) -> dict[str, Any]:
    """An EmailBodyValue, cut where the client wants no more: neither in a character nor in a tag.

    Its lines end with LF.

    Source: RFC 8621 §4.2 (maxBodyValueBytes), §4.1.4.
    """
    text = text.replace("\r\n", "\n")  # the same text, not a copy, where there is none
    most = options.max_octets
    # No character is less than one octet, or more than four.
    beginning = text[: most + 1].encode() if 0 < most < 4 * len(text) else b""
    is_truncated = most < len(beginning)
    if is_truncated:
        text = beginning[:most].decode(errors="ignore")
        if type_ == "text/html" and text.rfind("<") > text.rfind(">"):
            text = text[: text.rfind("<")]
    return {"value": text, "isEncodingProblem": not is_whole, "isTruncated": is_truncated}
