"""For whom a program may send: the mailbox's owner, and others who have allowed it.

Source: Graph v1.0, "Send Outlook messages from another user"; Exchange "Send As", "Send on Behalf".
"""

from __future__ import annotations

from m365sim.directory import User
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError
from m365sim.world.content import Address
from m365sim.world.sending import Author


def address_of(user: User) -> Address:
    """A user's own address, with the name the directory has."""
    return Address(user.upn, user.display_name)


def author_of(context: Context, wanted: Address | None) -> Author:
    """Who a message is from, given the ``from`` of its JSON; 403 ErrorSendAsDenied for one who may not be.

    Without it the message is from the mailbox in the address of the call. Whoever may send *as* another does
    not show; who may send *on behalf* is named as the sender.
    """
    chosen = _chosen(context, wanted)
    spelled = wanted.address if wanted is not None and wanted.address else chosen.upn
    from_ = Address(chosen.upn if spelled.lower() == chosen.upn.lower() else spelled, chosen.display_name)
    principal = context.caller.user or context.user
    if chosen.id == principal.id:
        return Author(from_, from_)
    if not context.caller.is_app_only and "Mail.Send.Shared" not in context.caller.scopes:
        raise _denied()
    if principal.send_as.intersection(chosen.addresses()):
        return Author(from_, from_)
    if principal.send_on_behalf.intersection(chosen.addresses()):
        return Author(from_, address_of(principal))
    raise _denied()


def _chosen(context: Context, wanted: Address | None) -> User:
    if wanted is None or not wanted.address:
        return context.user
    chosen = context.sim.directory.user_by_address(wanted.address)
    if chosen is None or chosen.tenant_id != context.user.tenant_id:
        raise _denied()
    return chosen


def _denied() -> GraphError:
    text = "The user account which was used to submit this request does not have the right to send mail on "
    return GraphError(
        403, "ErrorSendAsDenied", f"{text}behalf of the specified sending account., Cannot submit message."
    )
