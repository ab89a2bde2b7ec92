"""Who calls by a token, and their first look at the store."""

import pytest
from tests.store.conftest import NOW, FakeClock
from tests.store.mailbox import Mailbox

from poststelle.access import tokens
from poststelle.access.login import hash_token
from poststelle.access.rights import require
from poststelle.model.errors import LoginNeeded, NotAllowed
from poststelle.model.ids import UserId
from poststelle.model.rights import Level, Scope
from poststelle.store import api_tokens
from poststelle.store.tx import ReadTx

pytestmark = pytest.mark.anyio
SECRET = "pst_abc"


async def test_the_first_look_is_within_the_tokens_scope(mailbox: Mailbox, clock: FakeClock) -> None:
    """What it refuses is told to whoever asks, and the token counts as used all the same."""
    scope = Scope(Level.READ, frozenset({mailbox.account}))
    args = (mailbox.user, hash_token(SECRET), "reader", scope, NOW, None)
    made = await mailbox.store.write(api_tokens.insert, *args)

    def look(tx: ReadTx, user: UserId) -> str:
        require(tx, user, mailbox.account, Level.READ)
        return "seen"

    def write(tx: ReadTx, user: UserId) -> None:
        require(tx, user, mailbox.account, Level.WRITE)

    token, seen = await tokens.recognise(mailbox.store, clock, f"Bearer {SECRET}", look)
    assert (token.id, seen.get()) == (made.id, "seen")
    clock.advance(3600)
    _, refused = await tokens.recognise(mailbox.store, clock, f"Bearer {SECRET}", write)
    with pytest.raises(NotAllowed):
        refused.get()
    [used] = await mailbox.store.read(api_tokens.list_of, mailbox.user)
    assert used.last_used_at == clock.now()


async def test_nobody_looks_without_a_token(mailbox: Mailbox, clock: FakeClock) -> None:
    """The look does not even begin."""
    seen: list[UserId] = []
    with pytest.raises(LoginNeeded):
        await tokens.recognise(mailbox.store, clock, "Bearer other", lambda _, user: seen.append(user))
    assert not seen
