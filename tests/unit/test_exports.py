"""Exports under way: few at a time, and each one's end is known."""

from datetime import UTC, datetime

import pytest

from poststelle.mail.exports import ALL_AT_ONCE, AT_ONCE, Exports
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, UserId

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = AccountId(1)


def begin(exports: Exports, user: int) -> None:
    exports.begin(UserId(user), HERE, None, "zip", NOW)


def test_a_user_has_few_exports_at_once_and_all_users_some() -> None:
    """One that ends makes room."""
    exports = Exports()
    for _ in range(AT_ONCE):
        begin(exports, 1)
    with pytest.raises(TooMany):
        begin(exports, 1)
    for n in range(AT_ONCE, ALL_AT_ONCE):
        begin(exports, n)
    with pytest.raises(TooMany):
        begin(exports, 99)
    exports.end(exports.of(UserId(1), HERE)[0], NOW)
    assert exports.may_begin(UserId(1))


def test_an_export_that_broke_off_is_not_said_to_be_done() -> None:
    """Until the next ones push it out; one that was refused is not told at all."""
    exports = Exports()
    broken = exports.begin(UserId(1), HERE, None, "mbox", NOW)
    exports.end(broken, NOW)
    exports.forget(exports.begin(UserId(1), HERE, None, "zip", NOW))
    [told] = exports.of(UserId(1), HERE)
    assert (told.kind, told.is_complete, told.ended_at) == ("mbox", False, NOW)
    assert exports.of(UserId(1), AccountId(2)) == exports.of(UserId(2), HERE) == []
