"""Tell a story as mail: who writes when, to whom, quoting what, with references between the letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from m365sim.seed.attachments import Occasion, attach
from m365sim.seed.letters import Letter, compose, rows_of
from m365sim.seed.marks import marks, seen
from m365sim.seed.people import STAFF, Person, firm_person, private_person
from m365sim.seed.phrases import paragraphs, say_one
from m365sim.seed.places import Place, choose_place
from m365sim.seed.slots import thread_slots, turn_slots
from m365sim.seed.stories import Story, Turn
from m365sim.seed.times import answered, moment
from m365sim.world.seedtypes import SeedAddress, SeedAttachment, SeedMessage

LONGEST = 12
_GO_ON = 0.86  # how likely the next letter of a story is written at all


@dataclass(frozen=True, slots=True)
class Filed:
    """A message with what the filing needs to know. ``about`` names the story or the kind of notice."""

    message: SeedMessage
    about: str
    is_ours: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The mailbox a story happens in: its address and the name it shows, and today's moment."""

    address: SeedAddress
    now: datetime


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in a story, and what stays the same through it."""

    story: Story
    place: Place
    client: Person
    us: Person
    third: Person
    slots: dict[str, str]

    def speaker(self, turn: Turn) -> Person:
        """The person behind a turn."""
        return {"them": self.client, "us": self.us, "third": self.third}[turn.speaker]

    @property
    def tone(self) -> str:
        """The tone of greetings: de, en, or inside among colleagues."""
        return "inside" if self.story.cast == "staff" else self.story.speaks


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn about to be written, after the ones already told."""

    cast: Cast
    desk: Desk
    turn: Turn
    at: datetime
    subject: str
    told: tuple[Filed, ...]
    letters: tuple[Letter, ...]


Opening = Callable[[Random, Scene], tuple[Filed, Letter]]


def new_id(rng: Random, address: str) -> str:
    """A Message-ID in the writer's domain, with its angle brackets."""
    return f"<{rng.getrandbits(80):020x}@{address.rpartition('@')[2]}>"


def tell(
    rng: Random, story: Story, desk: Desk, opening: Opening | None = None, begin: datetime | None = None
) -> list[Filed]:
    """Tell the story once, from some day of the past until it ends or reaches the present.

    ``opening`` writes the first letter in place of the first turn, as a portal does for its visitors;
    ``begin`` says when, instead of chance.
    """
    cast = _cast(rng, story)
    subject = say_one(rng, story.subjects, cast.slots | turn_slots(rng, desk.now, ""))
    at = begin.replace(microsecond=0) if begin else moment(rng, desk.now)
    told: list[Filed] = []
    letters: list[Letter] = []
    for turn in _turns(rng, story):
        if told:
            at = answered(rng, at, in_office=turn.speaker != "them" or story.cast != "private")
        if at >= desk.now:
            break
        scene = Scene(cast, desk, turn, at, subject, tuple(told), tuple(letters))
        filed, letter = opening(rng, scene) if opening and not told else _letter(rng, scene)
        told.append(filed)
        letters.append(letter)
    return told


def _cast(rng: Random, story: Story) -> Cast:
    us = rng.choice(STAFF[:3])
    if story.cast == "staff":
        client = rng.choice([person for person in STAFF if person is not us])
    elif story.cast == "private":
        client = private_person(rng, story.speaks)
    else:
        client = firm_person(rng, story.cast)
    third = firm_person(rng, story.third or "craft")
    place = choose_place(rng)
    slots = thread_slots(rng, place, client, third.company, rng.choice(STAFF).first)
    return Cast(story, place, client, us, third, slots)


def _turns(rng: Random, story: Story) -> list[Turn]:
    """The turns that are really written: a beginning of the story, and sometimes rounds of what may go on."""
    turns = [story.turns[0]]
    for turn in story.turns[1:]:
        if rng.random() > _GO_ON:
            return turns
        turns.append(turn)
    while story.more and len(turns) < LONGEST and rng.random() < 0.55:
        turns += story.more
    return turns[:LONGEST]


def _letter(rng: Random, scene: Scene) -> tuple[Filed, Letter]:
    cast, turn, at = scene.cast, scene.turn, scene.at
    author = cast.speaker(turn)
    is_ours = turn.speaker == "us"
    sender = scene.desk.address if is_ours else author.seed
    to, cc, reader = _readers(scene)
    rows = rows_of(rng, cast.tone, author, reader, said(rng, scene, author))
    titled = f"{_reply_mark(author, cast)}{scene.subject}" if scene.told else scene.subject
    shown = f"{sender.name} <{sender.address}>"
    letter = Letter(author, shown, "; ".join(a.name for a in to), titled, at, rows, cast.story.speaks)
    body = compose(rng, letter, scene.letters)
    message_id = new_id(rng, sender.address)
    earlier = tuple(filed.message.message_id for filed in scene.told)
    message = SeedMessage(
        message_id=message_id,
        conversation_key=earlier[0] if earlier else message_id,
        sender=sender,
        from_=sender,
        subject=titled,
        sent_at=at,
        received_at=at if is_ours else at + timedelta(seconds=rng.randint(1, 40)),
        to=to,
        cc=cc,
        text=body.text,
        html=body.html,
        inference=cast.story.inference,
        headers=_references(earlier),
        attachments=body.inline + _files(rng, scene, author),
        **(seen() if is_ours else marks(rng, at, scene.desk.now, cast.story)),
    )
    return Filed(message, cast.story.name, is_ours, cast.place), letter


def said(rng: Random, scene: Scene, author: Person) -> tuple[str, ...]:
    """The paragraphs of this turn."""
    slots = scene.cast.slots | turn_slots(rng, scene.at, author.phone)
    return paragraphs(rng, scene.turn.pools, slots)


def _reply_mark(author: Person, cast: Cast) -> str:
    return "Re: " if cast.story.speaks == "en" or author.style in {2, 3} else "AW: "


_Readers = tuple[tuple[SeedAddress, ...], tuple[SeedAddress, ...], Person | None]


def _readers(scene: Scene) -> _Readers:
    """To, Cc and whom the greeting names: the office answers whoever wrote last, others the office."""
    cast = scene.cast
    if scene.turn.speaker != "us":
        return (scene.desk.address,), (), cast.us if scene.told else None
    if not cast.story.third:
        return (cast.client.seed,), (), cast.client
    last = scene.told[-1].message.from_ if scene.told else None
    if last == cast.third.seed:
        return (cast.third.seed,), (cast.client.seed,), cast.third
    return (cast.client.seed,), (cast.third.seed,), cast.client


def _references(earlier: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Source: RFC 5322 §3.6.4."""
    if not earlier:
        return ()
    return (("In-Reply-To", earlier[-1]), ("References", " ".join(earlier)))


def _files(rng: Random, scene: Scene, author: Person) -> tuple[SeedAttachment, ...]:
    turn, cast = scene.turn, scene.cast
    if not turn.files or rng.random() > turn.chance:
        return ()
    wanted = turn.files if rng.random() < 0.4 else (rng.choice(turn.files),)
    occasion = Occasion(rng, scene.at, author, cast.place, cast.slots["rnr"])
    return tuple(attach(kind, occasion) for kind in wanted)
