"""Messages that left a folder: a removal is not a deletion, so each is asked for by its id.

No folder is pulled meanwhile: an answer about where a message lies must not be
stored after a page that knows better.
"""

from poststelle.mail import ingest
from poststelle.providers.base import RemoteMail
from poststelle.store import changes, departures
from poststelle.sync.leased import LeasedAccount

_AT_ONCE = 200


async def settle_departures(leased: LeasedAccount, remote: RemoteMail) -> int:
    """Find out where every departed message is now; return how many there were.

    One that cannot be read stays a departure, to be asked for again by the next pull: it holds up nothing.
    """
    settled, passed_over = 0, 0
    while waiting := (await leased.read(departures.list_all, passed_over + _AT_ONCE))[passed_over:]:
        as_of = await leased.read(changes.modseq)
        located = await remote.locate([departure.remote_id for departure in waiting])
        await leased.write(ingest.settle, located, now=leased.now(), as_of=as_of)
        settled += len(located)
        passed_over += len(waiting) - len(located)
    return settled
