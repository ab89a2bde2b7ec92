"""What of a page costs time and needs no store. It is done before the transaction, which is short then."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from poststelle.mail.contents import content_of, text_of
from poststelle.mail.merge import cleaned, subject_of
from poststelle.model.ids import RemoteId
from poststelle.model.message import Body
from poststelle.model.search import Content
from poststelle.providers.base import RemoteMessage
from poststelle.store import bodies
from poststelle.store.bodies import Packed


class Prepared(NamedTuple):
    """A reported message's body as it is stored, and what of the message can be found."""

    body: Packed
    words: Content


Preparation = Mapping[RemoteId, Prepared]
"""By message, for those of which something is there; the others are seen to later."""

NOTHING_PREPARED: Preparation = MappingProxyType({})


def prepared(items: Sequence[RemoteMessage]) -> Preparation:
    """Those with a body. One that is reported twice is not: its reports are joined when they are stored."""
    times = Counter(item.remote_id for item in items)
    return {
        item.remote_id: _prepared(item, item.body)
        for item in items
        if item.body is not None and times[item.remote_id] == 1
    }


def _prepared(item: RemoteMessage, body: Body) -> Prepared:
    people = {"from": item.from_, "to": item.to, "cc": item.cc, "bcc": item.bcc}
    addresses = {
        key: [(one.name, one.email) for one in cleaned(found)] for key, found in people.items() if found
    }
    packed, text = bodies.packed_and_text(body)
    words = content_of(subject_of(item), addresses, text_of(Body(body.content_type, text)), files="")
    return Prepared(packed, words)
