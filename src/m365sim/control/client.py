"""A small client for the control API: plain functions, standard library only, blocking.

::

    control = ControlClient("http://localhost:4001")
    [id_] = control.receive("desk@example.org", subject="Offer")
    control.move("desk@example.org", [id_], to="archive")
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener


class ControlError(Exception):
    """The simulator refused; nothing was changed there."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class ControlClient:
    """Talks to one simulator's plain-HTTP address. A mailbox is named by its address."""

    def __init__(self, base: str, timeout_s: float = 60) -> None:
        self._base = base.rstrip("/") + "/control"
        self._timeout_s = timeout_s
        self._opener = build_opener(ProxyHandler({}))

    # -- mailboxes --------------------------------------------------------------------------------

    def mailboxes(self) -> list[dict[str, Any]]:
        """Every mailbox with the numbers of its folders and messages."""
        found: list[dict[str, Any]] = self._call("GET", "/mailboxes")["mailboxes"]
        return found

    def create_mailbox(self, address: str, **fields: Any) -> dict[str, Any]:
        """Make a mailbox, and its user if there is none; ``fields`` as in the API."""
        made: dict[str, Any] = self._call("POST", "/mailboxes", {"address": address, **fields})
        return made

    def remove_mailbox(self, address: str) -> None:
        """Take a mailbox away with all its mail."""
        self._call("DELETE", f"/mailboxes/{quote(address)}")

    def set_user(self, address: str, **fields: Any) -> None:
        """Set ``hasMailbox``, ``mayOpen``, ``maySendAs`` ... of a user."""
        self._call("PATCH", f"/mailboxes/{quote(address)}", fields)

    def set_mailbox(self, mailbox: str, **fields: Any) -> dict[str, Any]:
        """Set ``userPurpose``, ``isFull``, ``customMailTip`` or ``contacts`` of a mailbox."""
        changed: dict[str, Any] = self._call("PATCH", f"/mailboxes/{quote(mailbox)}/settings", fields)
        return changed

    def add_client_rule(self, mailbox: str, name: str, **fields: Any) -> dict[str, Any]:
        """Put a rule into an inbox that only the program it was made with understands."""
        body = {"displayName": name, **fields}
        made: dict[str, Any] = self._call("POST", f"/mailboxes/{quote(mailbox)}/rules", body)
        return made

    def snapshot(self, mailbox: str) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
        """The whole truth: folders in tree order, and messages by immutable id."""
        folders, messages = [], {}
        for line in self._lines(f"/mailboxes/{quote(mailbox)}/snapshot"):
            if line.pop("kind") == "folder":
                folders.append(line)
            else:
                messages[line["id"]] = line
        return folders, messages

    def sent(self, mailbox: str) -> list[dict[str, Any]]:
        """What has left the mailbox, oldest first, each with the ids of its draft and of the copy in Sent."""
        letters: list[dict[str, Any]] = self._call("GET", f"/mailboxes/{quote(mailbox)}/sent")["letters"]
        return letters

    # -- mail -------------------------------------------------------------------------------------

    def receive(self, mailbox: str, folder: str | list[str] = "inbox", **message: Any) -> list[str]:
        """Receive one message made of these fields; its immutable id, in a list of one."""
        return self.receive_many(mailbox, [message], folder)

    def receive_many(
        self, mailbox: str, messages: list[dict[str, Any]], folder: str | list[str] = "inbox"
    ) -> list[str]:
        """Receive several messages; their immutable ids in the same order."""
        body = {"folder": folder, "messages": messages}
        made = self._call("POST", f"/mailboxes/{quote(mailbox)}/messages", body)
        return [m["id"] for m in made["messages"]]

    def receive_count(
        self, mailbox: str, count: int, folder: str | list[str] = "inbox", **options: Any
    ) -> None:
        """Fill a folder with so many derived messages."""
        body = {"folder": folder, "count": count, **options}
        self._call("POST", f"/mailboxes/{quote(mailbox)}/messages", body)

    def receive_mime(self, mailbox: str, octets: bytes, folder: str = "inbox") -> list[str]:
        """Receive a raw MIME message."""
        path = f"/mailboxes/{quote(mailbox)}/messages?{urlencode({'folder': folder})}"
        made = json.loads(self._send("POST", path, octets, "message/rfc822"))
        return [m["id"] for m in made["messages"]]

    def update(self, mailbox: str, ids: list[str], **fields: Any) -> None:
        """Set ``isRead``, ``flag``, ``categories``, ``importance`` or ``inferenceClassification``."""
        self.change(mailbox, [{"op": "update", "ids": ids, **fields}])

    def move(self, mailbox: str, ids: list[str], to: str | list[str]) -> None:
        """Move messages."""
        self.change(mailbox, [{"op": "move", "ids": ids, "to": to}])

    def delete(self, mailbox: str, ids: list[str], *, permanently: bool = False) -> None:
        """Delete messages, to Deleted Items or for good."""
        self.change(mailbox, [{"op": "delete", "ids": ids, "permanently": permanently}])

    def change(self, mailbox: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """Carry out several changes in order."""
        done: dict[str, Any] = self._call(
            "POST", f"/mailboxes/{quote(mailbox)}/changes", {"changes": changes}
        )
        return done

    def poison(self, mailbox: str, ids: list[str], *, is_poisoned: bool = True) -> list[str]:
        """Let messages, and every page that holds one, fail with 500, or mend them; those broken now."""
        body = {"ids": ids, "isPoisoned": is_poisoned}
        broken: list[str] = self._call("POST", f"/mailboxes/{quote(mailbox)}/poison", body)["poisoned"]
        return broken

    def create_folder(self, mailbox: str, name: str, parent: str | list[str] = "") -> dict[str, Any]:
        """Create a folder; its line in the snapshot."""
        body = {"name": name, "parent": parent}
        made: dict[str, Any] = self._call("POST", f"/mailboxes/{quote(mailbox)}/folders", body)
        return made

    def change_folder(self, mailbox: str, folder: str, **fields: Any) -> dict[str, Any]:
        """Set ``name`` or ``parent`` of a folder."""
        path = f"/mailboxes/{quote(mailbox)}/folders/{quote(folder, safe='')}"
        changed: dict[str, Any] = self._call("PATCH", path, fields)
        return changed

    def delete_folder(self, mailbox: str, folder: str, *, permanently: bool = False) -> None:
        """Delete a folder."""
        option = "?permanently=true" if permanently else ""
        self._call("DELETE", f"/mailboxes/{quote(mailbox)}/folders/{quote(folder, safe='')}{option}")

    def post(self, mailbox: str, **message: Any) -> list[str]:
        """Let one message arrive like any mail; its immutable id, unless a rule took it away."""
        body = {"message": message, "byPost": True}
        made = self._call("POST", f"/mailboxes/{quote(mailbox)}/messages", body)
        return [m["id"] for m in made["messages"]]

    def outside(self) -> list[dict[str, Any]]:
        """The mail that left the simulated world, oldest first."""
        letters: list[dict[str, Any]] = self._call("GET", "/outside")["letters"]
        return letters

    def clear_outside(self) -> None:
        """Forget the mail that left the simulated world."""
        self._call("DELETE", "/outside")

    # -- trouble, time, limits --------------------------------------------------------------------

    def fail_next(self, method: str, path: str, **fields: Any) -> None:
        """Let the next matching calls fail; ``fields`` as in the API (``status``, ``times`` ...)."""
        self._call("POST", "/faults", {"method": method, "path": path, **fields})

    def faults(self) -> list[dict[str, Any]]:
        """The faults still to come."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Drop every fault still to come."""
        self._call("DELETE", "/faults")

    def forget_tokens(self, mailbox: str, folder: str | list[str] | None = None) -> None:
        """Let every delta token of a mailbox, or of one folder, be forgotten (410)."""
        self._call("POST", "/tokens/forget", {"mailbox": mailbox, "folder": folder})

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._call("POST", "/clock", {"advanceS": seconds})

    def set_limits(self, **fields: Any) -> dict[str, Any]:
        """Set limits by their names: ``concurrent``, ``perWindow``, ``refusal``, ``uploadOctets`` ..."""
        limits: dict[str, Any] = self._call("PATCH", "/limits", fields)
        return limits

    def set_behaviour(self, **switches: Any) -> dict[str, Any]:
        """Set switches of behaviour, under their names in the API."""
        behaviour: dict[str, Any] = self._call("PATCH", "/behaviour", switches)
        return behaviour

    def calls(self, **query: Any) -> list[dict[str, Any]]:
        """The calls made, oldest first; ``path``, ``mailbox`` and ``limit`` choose."""
        found: list[dict[str, Any]] = self._call("GET", f"/calls?{urlencode(query)}")["calls"]
        return found

    def clear_calls(self) -> None:
        """Forget the calls made."""
        self._call("DELETE", "/calls")

    # -- subscriptions ----------------------------------------------------------------------------

    def subscriptions(self) -> list[dict[str, Any]]:
        """Every subscription in force, with its state and what became of its notifications."""
        found: list[dict[str, Any]] = self._call("GET", "/subscriptions")["subscriptions"]
        return found

    def settle(self, within_s: float = 10) -> int:
        """Wait until no notification is due or under way; how many wait for a later hour."""
        return int(self._call("POST", "/subscriptions/settle", {"withinS": within_s})["waiting"])

    def lifecycle(self, subscription: str, event: str) -> None:
        """Send a lifecycle event: ``missed``, ``subscriptionRemoved``, ``reauthorizationRequired``."""
        self._call("POST", f"/subscriptions/{quote(subscription)}/lifecycle", {"event": event})

    def forget_subscription(self, subscription: str) -> None:
        """Let a subscription vanish without a word."""
        self._call("DELETE", f"/subscriptions/{quote(subscription)}")

    # -- sign-in ----------------------------------------------------------------------------------

    def identity(self, method: str, path: str, body: Any = None) -> Any:
        """A call under ``/control/identity``, whose fields are described in ``docs/m365sim/identity.md``."""
        return self._call(method, f"/identity{path}", body)

    def clock(self) -> dict[str, Any]:
        """``now`` (ISO 8601) and ``aheadS``."""
        read: dict[str, Any] = self._call("GET", "/clock")
        return read

    # -- the wire ---------------------------------------------------------------------------------

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        answer = self._send(method, path, data, "application/json")
        return json.loads(answer) if answer else None

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        for line in self._send("GET", path, None, "application/json").splitlines():
            yield json.loads(line)

    def _send(self, method: str, path: str, data: bytes | None, kind: str) -> bytes:
        request = Request(self._base + path, data, {"Content-Type": kind}, method=method)  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                answer: bytes = response.read()
                return answer
        except HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            with suppress(ValueError, KeyError, TypeError):
                text = json.loads(text)["error"]
            raise ControlError(error.code, text) from None
