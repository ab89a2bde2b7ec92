"""How a list of messages is sorted, beyond by arrival. Source: RFC 8621 §4.4.2."""

from dataclasses import dataclass

FACTS = ("receivedAt", "sentAt", "size", "from", "to", "subject")
BY_KEYWORD = ("hasKeyword", "allInThreadHaveKeyword", "someInThreadHaveKeyword")


@dataclass(frozen=True, slots=True)
class SortKey:
    """One property of FACTS or BY_KEYWORD; ``keyword``, in small letters, for the latter."""

    property: str
    is_ascending: bool = True
    keyword: str = ""
