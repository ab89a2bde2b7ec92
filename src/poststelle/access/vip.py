"""VIP mailboxes: what messages leave behind outside them is for those who were assigned when they came.

Activity records, lists and searches over several mailboxes, files of messages, archives. The moment is when
the message arrived or was sent, not when it was fetched. What lies in the mailbox itself is open to everybody
who is assigned to it now. Who may read at all is asked for by ``access.rights``, before.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zlib import crc32

from poststelle.model.filter import Combined, Filter, Operator
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Span
from poststelle.store import accounts, archive, assignments
from poststelle.store.tx import ReadTx

ALWAYS = (Span(),)


def reach(tx: ReadTx, user: UserId, account: AccountId) -> tuple[Span, ...]:
    """The spans of time of whose messages the user may see what is outside the mailbox, the newest first.

    All time, where the mailbox is not VIP (nor was when it was deleted here).
    """
    held = accounts.get(tx, account)
    is_vip = archive.was_vip(tx, account) if held is None else held.is_vip
    return assignments.spans(tx, user, account) if is_vip else ALWAYS


def narrowed(tx: ReadTx, user: UserId, account: AccountId, where: Filter) -> tuple[Filter, str]:
    """The filter with what ``is_across`` stands for said as periods.

    And a mark that is another one where these are others; "" where nothing is left out for this user.
    """
    if not where.goes_across:
        return where, ""
    spans = reach(tx, user, account)
    mark = "" if sees_all(spans) else f"v{crc32(repr(spans).encode()):x}"
    return _narrowed(where, spans), mark


def _narrowed(where: Filter, spans: Sequence[Span]) -> Filter:
    parts = tuple(replace(part, of=tuple(_narrowed(one, spans) for one in part.of)) for part in where.parts)
    plain = replace(where, parts=parts, is_across=False)
    if not where.is_across or sees_all(spans):
        return plain
    left = [one for span in spans if (one := span.within(where.after, where.before)) is not None]
    if len(left) == 1:
        return replace(plain, after=left[0].since, before=left[0].until)
    any_of = tuple(Filter(after=one.since, before=one.until) for one in left)
    whole = Span(any_of[-1].after, any_of[0].before) if any_of else Span(where.after, where.before)
    return replace(
        plain, after=whole.since, before=whole.until, parts=(*parts, Combined(Operator.OR, any_of))
    )


def sees_all(spans: Sequence[Span]) -> bool:
    return ALWAYS[0] in spans


def sees(spans: Sequence[Span], at: datetime) -> bool:
    return any(span.holds(at) for span in spans)
