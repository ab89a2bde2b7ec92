"""Who belongs together: the people of one tenant, the addresses of one mailbox."""

from __future__ import annotations

from m365sim.world.content import Address
from m365sim.world.mailbox import Mailbox
from m365sim.world.world import World


def own_addresses(world: World, mailbox: Mailbox) -> frozenset[str]:
    """Every address of a mailbox, in lower case."""
    user = world.around.directory.user_by_id(mailbox.id)
    named = user.addresses() if user is not None else ()
    return frozenset((mailbox.address.lower(), *named))


def owner_of(world: World, mailbox: Mailbox) -> Address:
    """The address a mailbox writes under, with its owner's name."""
    user = world.around.directory.user_by_id(mailbox.id)
    return Address(mailbox.address, user.display_name if user is not None else "")


def is_colleague(world: World, mailbox: Mailbox, address: str) -> bool:
    """Whether an address belongs to the organisation of a mailbox: to one of its people or its domains.

    A personal account has no colleagues.
    """
    directory = world.around.directory
    owner = directory.user_by_id(mailbox.id)
    domain = address.rpartition("@")[2].lower()
    if owner is not None and owner.is_personal:
        return address.lower() in owner.addresses()
    if owner is None:
        return domain == mailbox.address.rpartition("@")[2].lower()
    other = directory.user_by_address(address)
    if other is not None:
        return other.tenant_id == owner.tenant_id
    return domain == directory.tenants[owner.tenant_id].domain.lower()


def may_send_on(world: World, mailbox: Mailbox, address: str) -> bool:
    """Whether rules of a mailbox may send mail on to this address; personal accounts have no policy."""
    owner = world.around.directory.user_by_id(mailbox.id)
    is_open = not world.around.behaviour.blocks_external_forwarding
    return is_open or (owner is not None and owner.is_personal) or is_colleague(world, mailbox, address)
