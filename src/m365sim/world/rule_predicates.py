"""Whether a message is what a rule waits for.

Source: Graph v1.0, "messageRulePredicates resource type"; RFC 3834 (Auto-Submitted), RFC 8551 section 3
(S/MIME), RFC 8098 (disposition notifications).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from m365sim.world.compose import internet_headers
from m365sim.world.content import Address, Content
from m365sim.world.instants import from_seconds
from m365sim.world.messages import Message
from m365sim.world.rules import Predicates, SizeRange
from m365sim.world.text import html_to_text
from m365sim.world.trace import RULES_AGENT

_SENSITIVITIES = {"personal": "personal", "private": "private", "company-confidential": "confidential"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as rules look at it. ``own`` are the mailbox's addresses in lower case."""

    message: Message
    content: Content
    own: frozenset[str]

    def header(self, name: str) -> str | None:
        """The first header of this name (lower case), in lower case; None without one."""
        return next((v.lower() for n, v in self.content.headers if n.lower() == name), None)

    def text(self) -> str:
        """The words of the body."""
        return html_to_text(self.content.body) if self.content.is_html else self.content.body

    def is_to_me(self) -> bool:
        """Whether the mailbox is named in To."""
        return self._names_me(self.content.to)

    def is_cc_me(self) -> bool:
        """Whether the mailbox is named in Cc."""
        return self._names_me(self.content.cc)

    def _names_me(self, addresses: Iterable[Address]) -> bool:
        return any(a.address.lower() in self.own for a in addresses)


def fits(arrived: Arrived, predicates: Predicates) -> bool:
    """Whether all of them hold; those of no message are none, so they hold for every one."""
    return all(_TESTS[name](arrived, wanted) for name, wanted in predicates.items())


def _any_in(parts: Iterable[str], text: str) -> bool:
    folded = text.casefold()
    return any(part.casefold() in folded for part in parts)


def _people(addresses: Iterable[Address]) -> str:
    return "\n".join(f"{a.name} <{a.address}>" for a in addresses)


def _author(arrived: Arrived) -> tuple[Address, ...]:
    author = arrived.content.from_ or arrived.content.sender
    return (author,) if author is not None else ()


def _recipients(arrived: Arrived) -> tuple[Address, ...]:
    return (*arrived.content.to, *arrived.content.cc)


def _header_lines(arrived: Arrived) -> str:
    headers = internet_headers(arrived.content, from_seconds(arrived.message.received_s))
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _named(wanted: Iterable[Address], among: Iterable[Address]) -> bool:
    return bool({a.address.casefold() for a in wanted} & {a.address.casefold() for a in among})


def _within(size: int, wanted: SizeRange) -> bool:
    kilobytes = size / 1024
    return (wanted.least is None or kilobytes >= wanted.least) and (
        wanted.most is None or kilobytes <= wanted.most
    )


def _kind(arrived: Arrived) -> str:
    return arrived.header("content-type") or ""


def is_notice(arrived: Arrived) -> bool:
    """Whether it says that mail could not be delivered."""
    kind = _kind(arrived)
    return arrived.header("x-ms-exchange-message-is-ndr") is not None or "delivery-status" in kind


def _is_automatic_reply(arrived: Arrived) -> bool:
    return (arrived.header("auto-submitted") or "").startswith("auto-replied") and not is_notice(arrived)


def _is_signed(arrived: Arrived) -> bool:
    return "multipart/signed" in _kind(arrived) or "signed-data" in _kind(arrived)


def _is_encrypted(arrived: Arrived) -> bool:
    kind = _kind(arrived)
    return "multipart/encrypted" in kind or ("pkcs7-mime" in kind and "signed-data" not in kind)


def _if_wanted(test: Callable[[Arrived], bool]) -> Callable[[Arrived, Any], bool]:
    """A predicate that is false asks for nothing."""
    return lambda arrived, wanted: not wanted or test(arrived)


_TESTS: dict[str, Callable[[Arrived, Any], bool]] = {
    "bodyContains": lambda a, w: _any_in(w, a.text()),
    "bodyOrSubjectContains": lambda a, w: _any_in(w, f"{a.content.subject}\n{a.text()}"),
    "categories": lambda a, w: bool({c.casefold() for c in w} & {c.casefold() for c in a.message.categories}),
    "fromAddresses": lambda a, w: _named(w, _author(a)),
    "hasAttachments": _if_wanted(lambda a: a.content.has_attachments),
    "headerContains": lambda a, w: _any_in(w, _header_lines(a)),
    "importance": lambda a, w: a.message.importance == w,
    "isAutomaticForward": _if_wanted(lambda a: a.header(RULES_AGENT[0].lower()) == RULES_AGENT[1].lower()),
    "isAutomaticReply": _if_wanted(_is_automatic_reply),
    "isEncrypted": _if_wanted(_is_encrypted),
    "isNonDeliveryReport": _if_wanted(is_notice),
    "isReadReceipt": _if_wanted(lambda a: "disposition-notification" in _kind(a)),
    "isSigned": _if_wanted(_is_signed),
    "notSentToMe": _if_wanted(lambda a: not a.is_to_me() and not a.is_cc_me()),
    "recipientContains": lambda a, w: _any_in(w, _people(_recipients(a))),
    "senderContains": lambda a, w: _any_in(w, _people(_author(a))),
    "sensitivity": lambda a, w: _SENSITIVITIES.get(a.header("sensitivity") or "", "normal") == w,
    "sentCcMe": _if_wanted(Arrived.is_cc_me),
    "sentOnlyToMe": _if_wanted(lambda a: a.is_to_me() and len(_recipients(a)) == 1),
    "sentToAddresses": lambda a, w: _named(w, _recipients(a)),
    "sentToMe": _if_wanted(Arrived.is_to_me),
    "sentToOrCcMe": _if_wanted(lambda a: a.is_to_me() or a.is_cc_me()),
    "subjectContains": lambda a, w: _any_in(w, a.content.subject),
    "withinSizeRange": lambda a, w: _within(a.content.size, w),
}
KNOWN = frozenset(_TESTS)
"""The predicates that are understood, under Graph's names."""
