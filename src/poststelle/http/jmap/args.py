"""Reading method arguments: everything is checked, nothing unknown is ignored."""

from collections.abc import Collection
from itertools import islice
from typing import Any, TypeVar

from poststelle.http.jmap.errors import MethodError
from poststelle.lib.ids import decode_id
from poststelle.model.ids import ACCOUNT, AccountId

T = TypeVar("T")
MAX_INT = 2**53 - 1
_NAMED = 20  # of what is refused: there may be very much


class Args:
    """One call's arguments. Each is taken by name and type; ``done`` refuses what is left.

    Raises MethodError ``invalidArguments`` naming the argument.
    """

    def __init__(self, args: dict[str, Any]) -> None:
        self._left = dict(args)

    def take(self, name: str, kind: type[T], default: T) -> T:
        """An argument that may be left out; null means left out."""
        value = self._left.pop(name, None)
        return default if value is None else _checked(name, value, kind)

    def maybe(self, name: str, kind: type[T]) -> T | None:
        value = self._left.pop(name, None)
        return None if value is None else _checked(name, value, kind)

    def need(self, name: str, kind: type[T]) -> T:
        value = self.maybe(name, kind)
        if value is None:
            raise MethodError("invalidArguments", f"{name} is missing")
        return value

    def unsigned(self, name: str, default: int | None = None) -> int | None:
        """An UnsignedInt. Source: RFC 8620 §1.3."""
        value = self.maybe(name, int)
        if value is None:
            return default
        if not 0 <= value <= MAX_INT:
            raise MethodError("invalidArguments", f"{name} must not be negative")
        return value

    def account(self, name: str = "accountId") -> AccountId:
        """An account's id. Raises MethodError accountNotFound for a form that can't be ours."""
        number = decode_id(ACCOUNT, self.need(name, str))
        if number is None:
            raise MethodError("accountNotFound")
        return AccountId(number)

    def strings(self, name: str) -> list[str] | None:
        value = self.maybe(name, list)
        if value is not None and not set(map(type, value)) <= {str}:
            raise MethodError("invalidArguments", f"{name} must hold strings only")
        return value

    def ids(self, limit: int) -> list[str] | None:
        """``ids`` of a /get, each once, in order. Raises requestTooLarge above ``limit``."""
        ids = self.strings("ids")
        if ids is not None and len(ids) > limit:
            raise MethodError("requestTooLarge", f"at most {limit} ids at once")
        return None if ids is None else list(dict.fromkeys(ids))

    def names(self, name: str) -> list[str] | None:
        """What is asked for by name, each once, in order: told once, however often it is named."""
        names = self.strings(name)
        return None if names is None else list(dict.fromkeys(names))

    def properties(self, known: Collection[str]) -> list[str] | None:
        names = self.names("properties")
        for name in names or ():
            if name not in known:
                raise MethodError("invalidArguments", f"unknown property {name}")
        return names

    def rest(self) -> dict[str, Any]:
        """All arguments not yet taken, as they came."""
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        """Refuse every argument that nobody took."""
        if self._left:
            some = sorted(islice(self._left, _NAMED))
            raise MethodError("invalidArguments", "unknown arguments: " + ", ".join(some))


def _checked(name: str, value: Any, kind: type[T]) -> T:
    is_bool_for_int = kind is int and isinstance(value, bool)
    if not isinstance(value, kind) or is_bool_for_int:
        raise MethodError("invalidArguments", f"{name} must be of type {kind.__name__}")
    if isinstance(value, int) and abs(value) > MAX_INT:  # RFC 8620 §1.3
        raise MethodError("invalidArguments", f"{name} is out of range")
    return value
