"""The categories of a mailbox: those that its newest messages have.

Outlook's own list (``outlook/masterCategories``) can be read of a mailbox by its own sign-in alone, and
does not tell a name that was only ever given to a message.
"""

from collections import Counter

from poststelle.access.rights import require
from poststelle.model.ids import AccountId, UserId
from poststelle.model.message import alike
from poststelle.model.rights import Level
from poststelle.store import messages
from poststelle.store.tx import ReadTx

NEWEST = 5_000
"""Messages that are looked at."""
MOST = 500
"""Names that are told."""


def of_account(tx: ReadTx, user: UserId, account: AccountId) -> list[str]:
    """Each once, the most used first, in the letters in which it was written last."""
    require(tx, user, account, Level.READ)
    names: dict[str, str] = {}
    used: Counter[str] = Counter()
    for several in messages.categories_of_all(tx, account, NEWEST):
        for name in several:
            key = alike(name)
            names.setdefault(key, name)
            used[key] += 1
    return [names[key] for key, _ in used.most_common(MOST)]
