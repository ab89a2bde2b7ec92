"""Archives of a message's files: what they may cost before and while they are made."""

from __future__ import annotations

import pytest

from poststelle.http.jmap.download_all import _parts
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import BlobRef, blob_text
from poststelle.mail.bundle import MOST_FILES
from poststelle.model.ids import MessageId

MESSAGE = MessageId(7)


def test_too_many_files_are_refused_before_any_is_looked_at() -> None:
    """Even where the first names nothing, which is found out by reading it."""
    with pytest.raises(RequestError) as caught:
        _parts(MESSAGE, "," * MOST_FILES)
    assert caught.value.status == 413


def test_files_are_wanted_once_in_their_order() -> None:
    names = [blob_text(BlobRef(MESSAGE, part)) for part in (3, 1, 3, 2)]
    assert _parts(MESSAGE, ",".join(names)) == [3, 1, 2]
