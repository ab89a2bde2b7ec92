"""One's own mail page: what may be set of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from poststelle.model.errors import Invalid
from poststelle.model.mail_page import NARROWEST, WIDEST, Column, MailPage


def changed(page: MailPage | None, said: Mapping[str, Any]) -> MailPage | None:
    """The page with what was said; nothing said leaves it as it is. Raises Invalid ``invalid_columns``."""
    if not said:
        return page
    new = replace(page or MailPage(), **said)
    _check_columns(new.columns)
    return new


def _check_columns(columns: tuple[Column, ...]) -> None:
    """Without the subject nobody would know one message from another."""
    names = [column.name for column in columns]
    has_room = all(NARROWEST <= column.width <= WIDEST for column in columns)
    if len(set(names)) < len(names) or "subject" not in names or not has_room:
        raise Invalid(
            "mail_page",
            "invalid_columns",
            f"Each column once, the subject among them, {NARROWEST} to {WIDEST} pixels wide.",
        )
