"""What all /set methods share: arguments, what becomes of each object, answer. Source: RFC 8620 §5.3."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from poststelle.access.rights import require
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_SET
from poststelle.mail import query
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotAllowed, UseCaseError
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.store.tx import ReadTx

T = TypeVar("T")
Refused = dict[str, dict[str, Any]]
"""SetErrors by the object's id, or creation id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The objects to create, to update and to destroy, and the state they were seen in."""

    create: dict[str, Any]
    update: dict[str, Any]
    destroy: list[str]
    if_in_state: str | None


@dataclass(slots=True)
class Outcome(Generic[T]):
    """What became of each object, and the states just before and after: other commits come in neither.

    ``updated``: what came out otherwise than it was asked for, or None.
    """

    old_state: str = ""
    new_state: str = ""
    created: dict[str, T] = field(default_factory=dict)
    updated: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    not_created: Refused = field(default_factory=dict)
    not_updated: Refused = field(default_factory=dict)
    not_destroyed: Refused = field(default_factory=dict)

    def add(self, further: "Outcome[T]") -> None:
        """What became of the next portion; if others wrote between, the state is the one before that.

        So ``/changes`` tells what they wrote.
        """
        self.created |= further.created
        self.updated |= further.updated
        self.destroyed += further.destroyed
        self.not_created |= further.not_created
        self.not_updated |= further.not_updated
        self.not_destroyed |= further.not_destroyed
        self.new_state = later_state(self.new_state, further.old_state, further.new_state)

    def name_by_ids(self, known: Mapping[str, str]) -> None:
        """Objects named by creation ids are told by their ids. Source: RFC 8620 §5.3 (``Id[Foo|null]``).

        One that was refused stays under the name it was given where its id stands in the answer already.
        """

        def real(text: str) -> str:
            return known.get(text[1:], text) if text.startswith("#") else text

        self.updated = {real(text): told for text, told in self.updated.items()}
        self.destroyed = [real(text) for text in self.destroyed]
        self.not_updated = _renamed(self.not_updated, real, self.updated)
        self.not_destroyed = _renamed(self.not_destroyed, real, self.destroyed)

    def answer(self, account: AccountId, told: Callable[[T], Any]) -> dict[str, Any]:
        """The method's answer; ``told`` is what a client hears of an object that was created."""
        return {
            "accountId": account_text(account),
            "oldState": self.old_state,
            "newState": self.new_state,
            "created": {key: told(made) for key, made in self.created.items()} or None,
            "updated": self.updated or None,
            "destroyed": self.destroyed or None,
            "notCreated": self.not_created or None,
            "notUpdated": self.not_updated or None,
            "notDestroyed": self.not_destroyed or None,
        }


def later_state(known: str, old: str, new: str) -> str:
    """The state after a further portion; if others wrote between, the one before, so that these are told."""
    return new if known == old else known


def _renamed(refused: Refused, real: Callable[[str], str], done: Collection[str]) -> Refused:
    taken = {*done, *(text for text in refused if not text.startswith("#"))}
    return {text if real(text) in taken else real(text): why for text, why in refused.items()}


def take_asked(args: Args) -> Asked:
    """The arguments that every /set has, when those that one alone has are taken. Raises MethodError."""
    if_in_state = args.maybe("ifInState", str)
    create = args.take("create", dict, {})
    update = args.take("update", dict, {})
    destroy = args.strings("destroy") or []
    args.done()
    if len(create) + len(update) + len(destroy) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} objects at once")
    return Asked(create, update, destroy, if_in_state)


def state_before(
    tx: ReadTx, user: UserId, account: AccountId, type_: ChangeType, if_in_state: str | None
) -> str:
    """The type's state. Raises MethodError stateMismatch when another one was expected."""
    state = query.state(tx, user, account, type_)
    require_state(if_in_state, state)
    return state


def require_state(if_in_state: str | None, state: str) -> None:
    """Raises MethodError stateMismatch when another state was expected. Source: RFC 8620 §5.3."""
    if if_in_state is not None and if_in_state != state:
        raise MethodError("stateMismatch")


def require_write(tx: ReadTx, user: UserId, account: AccountId) -> None:
    """Source: RFC 8620 §5.3 (accountReadOnly), as ``isReadOnly`` in the session says."""
    try:
        require(tx, user, account, Level.WRITE)
    except NotAllowed as error:
        raise MethodError("accountReadOnly", error.message) from error


def refusal(error: SetError | UseCaseError) -> dict[str, Any]:
    """What is said of one object that was refused."""
    return (error if isinstance(error, SetError) else set_error(error)).body
