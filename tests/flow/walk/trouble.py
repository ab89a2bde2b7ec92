"""What befalls both sides: faults of the service, lost notifications, revoked sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.flow.sync.mirror import truth
from tests.flow.walk.scene import PLAIN, Deed, Scene, Variant
from tests.flow.walk.station import sign_in

from poststelle.model.account import AccountState
from poststelle.model.user import SignInKind, SignInState
from poststelle.store import accounts, sign_ins

_FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "7"}},
    {"status": 429, "code": "ApplicationThrottled"},
    {"status": 503, "code": "ErrorServerBusy", "headers": {"Retry-After": "3"}},
    {"status": 503, "code": "ServiceNotAvailable"},
    {"status": 500, "code": "InternalServerError"},
    {"status": 502, "code": "BadGateway"},
    {"status": 504, "code": "ErrorTimeoutExpired"},
    {"status": 401, "code": "InvalidAuthenticationToken"},
    {"kind": "reset"},
    {"kind": "lost"},
    {"kind": "truncate"},
    {"kind": "garble"},
    {"kind": "no_next_link"},
    {"kind": "miscount"},
    {"delayS": 0.05},
)
_OF_ANSWERS = {"truncate", "no_next_link", "miscount"}
_PLACES = (
    ("*", "*"), ("GET", "*/messages/delta*"), ("GET", "*/mailFolders/delta*"), ("POST", "*/$batch"),
    ("PATCH", "*"), ("POST", "*/move"), ("POST", "*/copy"), ("POST", "*/permanentDelete"),
    ("GET", "*/messages/*"), ("POST", "*/messages"), ("POST", "*/send"), ("POST", "*/send"),
    ("POST", "*/attachments*"), ("PUT", "*"), ("*", "*/subscriptions*"), ("POST", "*/oauth2/v2.0/token"),
    ("*", "*/mailFolders*"), ("GET", "*openid-configuration*"),
)  # fmt: skip
_MAKING = (
    ("POST", "*/messages"), ("POST", "*/send"), ("POST", "*/attachments*"), ("PUT", "*"), ("POST", "*/copy"),
    ("POST", "*/mailFolders*"), ("POST", "*/$batch"),
)  # fmt: skip
"""What would be there twice if it was asked for again because nobody knew that it had been heard."""
_KIND: dict[str, Any] = {
    "deltaRepeats": 0, "deltaEmptyPages": 0, "deltaAnyOrder": False, "deltaLateS": 0, "batchLoss": 0,
    "sentCopyDelayS": 0, "sentIds": "new", "outboxInterlude": True, "deliveryDelayS": 0,
    "notificationsLostPercent": 0, "notificationsDoubledPercent": 0, "notificationsShuffled": False,
    "notificationDelayS": 0, "removedReason": "deleted", "recoverableItems": True, "folderActionStatus": 200,
    "subscriptionHttpLocalhost": True, "nextLinkLifeS": None, "resyncCode": "SyncStateNotFound",
    "resyncStatus": 410, "deltaBlindSpot": True,
}  # fmt: skip


_ABSENT = {"status": 404, "code": "ErrorItemNotFound"}
_AT_IT = tuple({"status": status, "code": "ErrorIrresolvableConflict"} for status in (409, 412))
_READING = (
    ("GET", "*/messages/*"), ("GET", "*/messages/*"), ("GET", "*/attachments*"), ("GET", "*/mailFolders/*"),
)  # fmt: skip
_CHANGING = (
    ("PATCH", "*/messages/*"), ("POST", "*/move"), ("POST", "*/copy"), ("POST", "*/permanentDelete"),
    ("DELETE", "*/messages/*"), ("POST", "*/send"), ("POST", "*/attachments*"), ("PUT", "*"),
    ("PATCH", "*/mailFolders/*"), ("DELETE", "*/mailFolders/*"), ("POST", "*/childFolders"),
)  # fmt: skip
_MORE_OF_A_KIND = 6
"""The weight of denials where there are any: few of the requests that might be denied are made."""


@dataclass
class Trouble:
    scene: Scene
    variant: Variant = PLAIN

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        usual: list[tuple[int, Deed]] = [
            (4, self.fail), (2, self.lose_answer), (2, self.behave), (1, self.limit), (1, self.forget),
            (1, self.poison), (1, self.revoke), (2, self.reconnect), (1, self.lifecycle),
        ]  # fmt: skip
        return [*usual, (_MORE_OF_A_KIND, self.deny)] if self.variant.is_denied else usual

    def end(self) -> None:
        """The service is well again, and what was on its way has arrived."""
        self.scene.m365.be_kind()
        self.scene.m365.control.set_limits(perWindow=10_000, refusal="429")
        self.scene.m365.control.set_mailbox(self.scene.address, isFull=False)
        self.scene.m365.control.set_behaviour(**_KIND)
        self._mend()

    async def fail(self) -> None:
        scene, chance = self.scene, self.scene.chance
        fault, (method, path) = chance.choice(_FAULTS), chance.choice(_PLACES)
        if fault.get("kind") in _OF_ANSWERS and method != "GET":
            method, path = "GET", chance.choice(("*/delta*", "*/mailFolders*", "*/messages*"))
        times = chance.choice((1, 1, 2, 5))
        scene.tell(f"trouble: {fault} for {method} {path} x{times}")
        seed = chance.randrange(10**6)
        scene.m365.control.fail_next(method, path, **fault, times=times, chance=0.7, seed=seed)

    async def deny(self) -> None:
        """One request about what is there is answered as if it were not, or as if others were at it."""
        scene, choice = self.scene, self.scene.chance.choice
        fault = choice((_ABSENT, _ABSENT, *_AT_IT))
        method, path = choice((*_READING, *_CHANGING) if fault is _ABSENT else _CHANGING)
        scene.tell(f"denied: {fault['status']} for {method} {path}")
        scene.m365.control.fail_next(method, path, **fault, skip=choice((0, 0, 1, 2)))

    async def lose_answer(self) -> None:
        scene, (method, path) = self.scene, self.scene.chance.choice(_MAKING)
        scene.tell(f"trouble: lost answer of {method} {path}")
        scene.m365.control.fail_next(method, path, kind="lost", times=scene.chance.choice((1, 1, 3)))

    async def behave(self) -> None:
        """Microsoft's weather changes."""
        scene, choice = self.scene, self.scene.chance.choice
        weather = {
            "deltaRepeats": choice((0, 0.2)),
            "deltaEmptyPages": choice((0, 0.3)),
            "deltaAnyOrder": choice((False, False, True)),
            "deltaLateS": choice((0, 0, 0, 8)),
            "batchLoss": choice((0, 0, 0.1)),
            "sentCopyDelayS": choice((0, 0, 3, 40)),
            "sentIds": choice(("new", "new", "kept")),
            "outboxInterlude": choice((True, False)),
            "deliveryDelayS": choice((0, 0, 20)),
            "notificationsLostPercent": choice((0, 0, 30, 100)),
            "notificationsDoubledPercent": choice((0, 50)),
            "notificationsShuffled": choice((False, True)),
            "notificationDelayS": choice((0, 0, 5, 300)),
            "removedReason": choice(("deleted", "changed")),
            "recoverableItems": choice((True, False)),
            "folderActionStatus": choice((200, 201)),
            "nextLinkLifeS": choice((None, None, 3)),
            "resyncCode": choice(("SyncStateNotFound", "resyncRequired")),
            "deltaBlindSpot": choice((True, True, False)),
        }
        scene.tell(f"weather: { {k: v for k, v in weather.items() if v != _KIND[k]} }")
        scene.m365.control.set_behaviour(**weather)

    async def limit(self) -> None:
        """Narrower limits, or a mailbox that is full and tells no changes for that."""
        scene, choice = self.scene, self.scene.chance.choice
        limits = {
            "concurrent": choice((4, 1)),
            "perWindow": choice((10_000, 10_000, 60)),
            "refusal": choice(("429", "503", "500")),
            "keptDeltaTokens": choice((100_000, 8)),
        }
        is_full = choice((False, False, True))
        scene.tell(f"limits: {limits}, {'full' if is_full else ''}")
        scene.m365.control.set_limits(**limits)
        scene.m365.control.set_mailbox(scene.address, isFull=is_full)

    async def forget(self) -> None:
        self.scene.tell("tokens of delta forgotten")
        self.scene.m365.control.forget_tokens(self.scene.address)

    async def poison(self) -> None:
        scene = self.scene
        ids = scene.some_there(1)
        if scene.chance.random() < 0.5:
            self._mend()
        elif ids:
            scene.tell(f"one is unreadable: {ids}")
            scene.m365.control.poison(scene.address, ids)

    async def revoke(self) -> None:
        """An administrator ends the sessions of one of the two who signed in."""
        scene = self.scene
        who = scene.chance.choice((scene.site.address, scene.site.deputy))
        is_at_once = scene.chance.random() < 0.7
        scene.tell(f"revoked: {who} {'at once' if is_at_once else ''}")
        scene.m365.identity("POST", f"/users/{who}/revoke", {"drop_access_tokens": is_at_once})

    async def reconnect(self) -> None:
        """Who is asked to sign in again does so."""
        scene = self.scene
        store, account = scene.station.store, scene.station.account
        for one in await store.read(sign_ins.list_of, account):
            if one.state is SignInState.LOST:
                await self._sign_in(one.kind)
        found = await store.read(accounts.get, account)
        if found is not None and found.state is not AccountState.CONNECTED:
            await self._sign_in(SignInKind.OWN)

    async def lifecycle(self) -> None:
        """Microsoft tells of the subscription itself, or forgets it."""
        scene, control = self.scene, self.scene.m365.control
        held = [row["id"] for row in control.subscriptions() if row["mailbox"] == scene.address]
        if not held:
            return
        event = scene.chance.choice(("missed", "subscriptionRemoved", "reauthorizationRequired", "forgotten"))
        scene.tell(f"subscription: {event}")
        if event == "forgotten":
            control.forget_subscription(held[0])
        else:
            control.lifecycle(held[0], event)

    async def _sign_in(self, kind: SignInKind) -> None:
        self.scene.tell(f"signed in again: {kind.value}")
        self.scene.m365.control.clear_faults()  # whoever signs in tries until it works
        await sign_in(self.scene.m365, self.scene.station, kind)

    def _mend(self) -> None:
        every = list(truth(self.scene.m365, self.scene.address))
        self.scene.m365.control.poison(self.scene.address, every, is_poisoned=False)
