"""What requests of the administration API may say."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import poststelle.main  # noqa: F401  # every body is known then
from poststelle.http.body import Body
from poststelle.http.tokens import TokenBody


def within(type_: Any) -> Iterator[type]:
    """The objects that stand in a body, however deep."""
    if isinstance(type_, msgspec.inspect.StructType):
        yield type_.cls
        yield from (one for field in type_.fields for one in within(field.type))
    for inner in (getattr(type_, "item_type", None), *getattr(type_, "types", ())):
        yield from within(inner) if inner is not None else ()


def test_no_body_leaves_unread_what_was_said() -> None:
    """A misspelt member is refused, in objects within others too: as if left out, it may mean more."""
    bodies = Body.__subclasses__()
    objects = {one for body in bodies for one in within(msgspec.inspect.type_info(body))}
    assert len(objects) >= 30
    assert {one for one in objects if not issubclass(one, Body)} == set()
    with pytest.raises(msgspec.ValidationError, match="accounts"):
        msgspec.convert({"name": "a", "level": "read", "password": "b", "accounts": ["a2"]}, TokenBody)
