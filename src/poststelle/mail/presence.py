"""Who else is reading or answering a message: said by each window, told to all who may read the account.

What is said lives for a minute. A window that goes on says it again; then nothing is written
but, seldom, when it ends (``model.presence.RENEW_BEFORE``), and nobody is told. Nothing of it is kept:
no audit trail, no log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.rights import require
from poststelle.model.change import ChangeType
from poststelle.model.errors import TooMany
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.presence import LIVES, RENEW_BEFORE, Activity, Presence, Said, Voice
from poststelle.model.rights import Level
from poststelle.store import changes, messages, presences, users
from poststelle.store.tx import ReadTx, Tx

MOST_CLIENTS = 20  # of a user in an account
MOST_SAID = 25  # messages of one voice

Wanted = Mapping[MessageId, Activity]


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written so that a voice says what it wants to; ``heard`` is what it then says."""

    news: tuple[Said, ...]
    gone: tuple[MessageId, ...]
    heard: Mapping[MessageId, Said]

    @property
    def is_empty(self) -> bool:
        return not self.news and not self.gone


def of_others(tx: ReadTx, user: UserId, account: AccountId, now: datetime) -> tuple[str, list[Presence]]:
    """The state, and what others do at this moment, each person once a message. Raises NotFound."""
    require(tx, user, account, Level.READ)
    standing = [one for one in presences.list_standing(tx, account, now) if one.user_id != user]
    return changes.state(tx, account, ChangeType.PRESENCE), merged(standing)


def plan(tx: ReadTx, voice: Voice, wanted: Wanted, now: datetime) -> Plan:
    """What ``announce`` would write. Raises NotFound, and NotAllowed for answers without the right to write.

    Messages that are not there are passed over, and reading is where the user does not show it.
    """
    is_answering = Activity.ANSWERING in wanted.values()
    require(tx, voice.user_id, voice.account_id, Level.WRITE if is_answering else Level.READ)
    user = users.get(tx, voice.user_id)
    shown = dict(wanted) if user is not None and user.shows_reading else _answers(wanted)
    there = {m.id for m in messages.get_many(tx, voice.account_id, list(shown))} if shown else set()
    return planned(presences.said(tx, voice), {m: a for m, a in shown.items() if m in there}, now)


def announce(tx: Tx, voice: Voice, wanted: Wanted, now: datetime) -> Plan:
    """From now on the voice says this and nothing else. Others are told when they see something new.

    Raises as ``plan``; TooMany ``too_many_windows``.
    """
    made = plan(tx, voice, wanted, now)
    if made.is_empty:
        return made
    if made.news and presences.count_other_clients(tx, voice, now) >= MOST_CLIENTS:
        raise TooMany("too_many_windows", "Too many windows say what you are reading.", after_s=60)
    before = _seen(tx, voice, now)
    presences.delete(tx, voice, made.gone)
    presences.upsert(tx, voice, made.news)
    if _seen(tx, voice, now) != before:
        presences.note_changed(tx, voice.account_id)
    return made


def sweep(tx: Tx, now: datetime) -> int:
    """Forget what stands no more and tell those who saw it; return in how many accounts.

    Called where logins, tokens, grants and users end, in the same transaction, and every two seconds.
    """
    ended = presences.accounts_of_ended(tx, now)
    for account in ended:
        presences.delete_ended(tx, account, now)
    return len(ended)


def planned(said: Mapping[MessageId, Said], wanted: Wanted, now: datetime) -> Plan:
    """What begins, what goes on for longer, and what ends. What is said on keeps its beginning."""
    heard: dict[MessageId, Said] = {}
    news: list[Said] = []
    for message, activity in wanted.items():
        old = said.get(message)
        goes_on = old is not None and old.activity is activity and old.ends_at > now
        if old is not None and goes_on and old.ends_at - now > RENEW_BEFORE:
            heard[message] = old
            continue
        since = old.since if old is not None and goes_on else now
        heard[message] = Said(message, activity, since, now + LIVES)
        news.append(heard[message])
    return Plan(tuple(news), tuple(m for m in said if m not in wanted), heard)


def merged(standing: Iterable[Presence]) -> list[Presence]:
    """Two windows of a person are one person, who does the stronger of the two since its beginning."""
    found: dict[tuple[UserId, MessageId], Presence] = {}
    for one in standing:
        key = one.user_id, one.message_id
        old = found.get(key)
        if old is None or (one.activity is not old.activity and one.activity is Activity.ANSWERING):
            found[key] = one
        elif one.activity is old.activity:
            found[key] = replace(old, since=min(old.since, one.since), ends_at=max(old.ends_at, one.ends_at))
    return list(found.values())


def _seen(tx: ReadTx, voice: Voice, now: datetime) -> set[tuple[MessageId, Activity, datetime]]:
    """What others see of this person; that it lasts longer is no news."""
    standing = presences.list_standing(tx, voice.account_id, now)
    mine = merged(one for one in standing if one.user_id == voice.user_id)
    return {(one.message_id, one.activity, one.since) for one in mine}


def _answers(wanted: Wanted) -> dict[MessageId, Activity]:
    return {m: a for m, a in wanted.items() if a is Activity.ANSWERING}
