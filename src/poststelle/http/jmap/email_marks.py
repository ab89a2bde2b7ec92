"""Marks that Outlook has and RFC 8621 has no word for, as Email properties that may be set."""

from datetime import datetime
from typing import Any

from poststelle.http.jmap.values import importance, invalid
from poststelle.lib.unsaid import UNSAID, Unsaid
from poststelle.mail.organise import Marks, checked_categories
from poststelle.model.errors import Invalid
from poststelle.model.message import Importance

_IMPORTANCE, _CATEGORIES, _DUE_AT = "poststelle:importance", "poststelle:categories", "poststelle:dueAt"
_IS_OTHER = "poststelle:isOther"
MARKS = frozenset({_IMPORTANCE, _CATEGORIES, _DUE_AT, _IS_OTHER})


def marks_of(patch: dict[str, Any]) -> Marks | None:
    """The marks that a patch sets, None when it names none. Raises SetError invalidProperties."""
    if not MARKS & patch.keys():
        return None
    return Marks(_importance(patch), _categories(patch), _due_at(patch), _is_other(patch))


def told_otherwise(patch: dict[str, Any], marks: Marks) -> dict[str, Any] | None:
    """Marks that are not as the patch says: of categories each is kept once. None: all are.

    Source: RFC 8620 §5.3 (updated).
    """
    if marks.categories is None or list(marks.categories) == (patch[_CATEGORIES] or []):
        return None
    return {_CATEGORIES: list(marks.categories)}


def _importance(patch: dict[str, Any]) -> Importance | None:
    """null sets it back to normal."""
    if _IMPORTANCE not in patch:
        return None
    return importance(patch[_IMPORTANCE], _IMPORTANCE)


def _categories(patch: dict[str, Any]) -> tuple[str, ...] | None:
    if _CATEGORIES not in patch:
        return None
    value = patch[_CATEGORIES] or []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise invalid(_CATEGORIES, "categories are a list of names")
    try:
        return checked_categories(tuple(value))
    except Invalid as error:
        raise invalid(_CATEGORIES, error.message) from error


def _is_other(patch: dict[str, Any]) -> bool | None:
    """null sets it back to false."""
    if _IS_OTHER not in patch:
        return None
    value = patch[_IS_OTHER] or False
    if not isinstance(value, bool):
        raise invalid(_IS_OTHER, "isOther is true or false")
    return value


def _due_at(patch: dict[str, Any]) -> datetime | Unsaid | None:
    """A UTCDate; null takes the date away and leaves the flag."""
    if _DUE_AT not in patch:
        return UNSAID
    value = patch[_DUE_AT]
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and value.endswith("Z") else None
    except ValueError:
        at = None
    if at is None:
        raise invalid(_DUE_AT, "a due date is a UTCDate")
    return at
