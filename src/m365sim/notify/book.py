"""Every subscription in force, kept across restarts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from m365sim.notify.subscription import Subscription


class SubscriptionBook:
    """Subscriptions by id and by mailbox. ``version`` rises with every change that must be kept."""

    def __init__(self) -> None:
        self.version = 0
        self._by_id: dict[str, Subscription] = {}
        self._by_mailbox: dict[str, list[Subscription]] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, in any letter case."""
        return self._by_id.get(subscription_id.lower())

    def of_mailbox(self, mailbox_id: str) -> Sequence[Subscription]:
        """The subscriptions to one mailbox, of all apps."""
        return self._by_mailbox.get(mailbox_id, ())

    def add(self, subscription: Subscription) -> None:
        """Take in a new one."""
        self._by_id[subscription.id] = subscription
        self._by_mailbox.setdefault(subscription.mailbox_id, []).append(subscription)
        self.changed()

    def remove(self, subscription: Subscription) -> bool:
        """Take one out; False when it was gone already."""
        if self._by_id.pop(subscription.id, None) is None:
            return False
        of_mailbox = self._by_mailbox[subscription.mailbox_id]
        of_mailbox.remove(subscription)
        if not of_mailbox:
            del self._by_mailbox[subscription.mailbox_id]
        self.changed()
        return True

    def changed(self) -> None:
        """Note that a subscription is not what was last kept."""
        self.version += 1
