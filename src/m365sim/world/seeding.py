"""Fill a world from a seed: mailboxes, folders in their tree, messages in their order."""

from __future__ import annotations

from dataclasses import replace

from m365sim.directory import Directory
from m365sim.world.categories import seeded
from m365sim.world.compose import content_of_seed
from m365sim.world.errors import NoSuchFolder, WorldError
from m365sim.world.folders import Folder
from m365sim.world.instants import to_seconds
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Flag
from m365sim.world.seedtypes import SeedFolder, SeedMailbox, SeedMessage, SeedOffice
from m365sim.world.world import World


def populate(world: World, directory: Directory, office: SeedOffice) -> None:
    """Make the mailboxes of an office, and an empty one for each licensed user the seed gives none."""
    for seed in office.mailboxes:
        user = directory.user_by_address(seed.address)
        if user is None:
            raise WorldError(f"The seed has a mailbox for {seed.address}, but no such user.")
        mailbox = world.create_mailbox(
            user.id, seed.address, language=seed.language, aliases=user.addresses()
        )
        fill(mailbox, seed)
    give_mailboxes(world, directory)
    for run in office.runs:
        mailbox = world.mailbox(run.address)
        world.bulk(mailbox, mailbox.named["inbox"], run.count)


def give_mailboxes(world: World, directory: Directory, language: str = "de-DE") -> None:
    """Make an empty mailbox for each licensed user who has none."""
    for user in directory.users.values():
        if user.has_mailbox and world.mailbox_of(user.id) is None:
            world.create_mailbox(user.id, user.upn, language=language, aliases=user.addresses())


def fill(mailbox: Mailbox, seed: SeedMailbox) -> None:
    """Put a seed's folders and messages into an empty mailbox."""
    settings = replace(mailbox.settings, time_zone=seed.time_zone)
    mailbox.configure(categories=seeded(mailbox.id, seed.categories), settings=settings)
    for folder in seed.folders:
        target = _folder(mailbox, folder)
        for message in sorted(folder.messages, key=lambda m: m.received_at):
            _deliver(mailbox, target, message)


def _folder(mailbox: Mailbox, seed: SeedFolder) -> Folder:
    if seed.well_known and seed.well_known in mailbox.named:
        folder = mailbox.named[seed.well_known]
        folder.name = seed.path[-1]
        return folder
    parent = mailbox.folder_at(seed.path[:-1])
    try:
        return mailbox.folder_at(seed.path)
    except NoSuchFolder:
        return mailbox.add_folder(seed.path[-1], parent, well_known=seed.well_known, is_hidden=seed.is_hidden)


def _deliver(mailbox: Mailbox, folder: Folder, seed: SeedMessage) -> None:
    content = content_of_seed(seed, mailbox.conversations)
    mailbox.conversations[seed.message_id] = content.conversation
    received_s = to_seconds(seed.received_at)
    due_s = to_seconds(seed.due_at) if seed.due_at else None
    mailbox.add(
        folder,
        content,
        received_s,
        is_read=seed.is_read,
        flag=Flag(seed.flag_status, start_s=due_s, due_s=due_s),
        categories=seed.categories,
        importance=seed.importance,
        inference=seed.inference,
        is_draft=seed.is_draft,
        created_s=received_s,
        modified_s=received_s,
    )
