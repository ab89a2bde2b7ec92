"""Where a message is to lie and what marks it is to have, as Email/set, /import and /copy are told."""

from collections.abc import Mapping
from typing import Any

from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.ids import folder_number
from poststelle.http.jmap.limits import MAX_MAILBOXES_PER_EMAIL
from poststelle.http.jmap.values import check_members, invalid
from poststelle.model.ids import FolderId


def folders_of(value: Any) -> tuple[FolderId, ...]:
    """``mailboxIds`` of a new message: one or more. Raises SetError."""
    if not isinstance(value, dict) or not value or any(v is not True for v in value.values()):
        raise invalid("mailboxIds", "a message lies in one mailbox or more")
    check_number(len(value))
    numbers = [folder_number(text) for text in value]
    known = tuple(number for number in numbers if number is not None)
    if len(known) != len(numbers):
        raise invalid("mailboxIds", "no such mailbox")
    return known


def check_number(folders: int) -> None:
    """Raises SetError for more mailboxes of one message than the session tells. Source: RFC 8621 §4.6."""
    if folders > MAX_MAILBOXES_PER_EMAIL:
        raise SetError(
            "tooManyMailboxes",
            f"a message lies in at most {MAX_MAILBOXES_PER_EMAIL} mailboxes",
            properties=["mailboxIds"],
        )


def keywords_of(value: Any) -> frozenset[str]:
    """``keywords`` of a new message, in small letters; null: none. Raises SetError.

    Source: RFC 8621 §4.1.1.
    """
    if value is None:
        return frozenset()
    if not isinstance(value, dict) or any(v is not True for v in value.values()):
        raise invalid("keywords", "keywords map to true")
    return frozenset(name.lower() for name in value)


def with_made_folders(data: Any, created: Mapping[str, str]) -> Any:
    """An object or a patch with ids in place of creation ids of this request. Source: RFC 8620 §5.3.

    Raises SetError for one of very many members: what comes after this looks at each in one go.
    """
    if not isinstance(data, dict):
        return data
    check_members("", data)
    for name in ("keywords", "mailboxIds"):
        check_members(name, data.get(name))

    def resolved(key: str) -> str:
        return created.get(key[1:], key) if key.startswith("#") else key

    whole = data.get("mailboxIds")
    if isinstance(whole, dict):
        data = data | {"mailboxIds": {resolved(key): value for key, value in whole.items()}}
    single = "mailboxIds/"
    return {
        single + resolved(key[len(single) :]) if key.startswith(single) else key: value
        for key, value in data.items()
    }
