"""What an object storage is asked for: requests counted, which depend on no machine.

The server keeps its octets in moto's S3, once with copies on its own disk and once without. A request costs a
provider money and its users some ten to thirty milliseconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from tests.flow.jmap.client import Client
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.jmap.test_internal import new_shelf
from tests.flow.sim import Simulator, running_simulator
from tests.s3 import S3, running_s3

_OPENED = 50


def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("s3", "m365"):
            (folder / part).mkdir()
        with running_s3(folder / "s3") as s3, running_simulator(folder / "m365") as simulator:
            for cache in ("1000", "0"):
                print(f"Requests to the object storage, {cache} MB of copies:")
                _measure(folder / f"site-{cache}", s3, simulator, messages, cache)


def _measure(folder: Path, s3: S3, simulator: Simulator, messages: int, cache: str) -> None:
    bucket = s3.bucket()
    more = {**s3.environ(bucket), "POSTSTELLE_BLOBS_CACHE_MB": cache}

    def count(what: str, work: Callable[[], None]) -> None:
        before, began = s3.requests(bucket), time.monotonic()
        work()
        told: Counter[str] = s3.requests(bucket) - before
        said = ", ".join(f"{number} {method}" for method, number in sorted(told.items())) or "none"
        print(f"  {what:<58} {said:<28} {time.monotonic() - began:6.1f} s")

    with running_server(folder, simulator, **more) as server:
        office = Office(simulator, server, Client(server.url).log_in(ADMIN, SECRET))
        address = simulator.new_mailbox("bench")
        simulator.control.receive_many(address, [_received(n) for n in range(messages)])
        account = ""

        def synchronise() -> None:
            nonlocal account
            account = office.connect(address)
            office.settled(office.person("anna"), account)

        count(f"first synchronisation, {messages} messages", synchronise)
        anna = office.person("anna")
        with_files = anna.query_all(account, filter={"hasAttachment": True})[:_OPENED]

        def open_files() -> None:
            for one in anna.emails(account, with_files, "attachments"):
                for file in one["attachments"]:
                    assert anna.download(account, file["blobId"]).status == 200

        count(f"attachments of {len(with_files)} messages, for the first time", open_files)
        count("the same again", open_files)
        shelf = new_shelf(office)
        octets = b"".join(_line(n) for n in range(messages))

        def bring() -> None:
            path = f"/api/mailboxes/{shelf.account}/import"
            assert anna.post(path, octets).json["messages"] == messages

        count(f"import of {messages} messages of 3 KB", bring)
        ids = anna.query_all(shelf.account)[:_OPENED]

        def read() -> None:
            anna.call("Email/get", accountId=shelf.account, ids=ids, properties=["bodyStructure", "headers"])

        count(f"headers and structure of {_OPENED} of these", read)
        count("the same again", read)


def _received(n: int) -> dict[str, object]:
    letter: dict[str, object] = {"subject": f"Anfrage {n}", "html": f"<p>Brief {n}</p>"}
    if n % 17 == 0:
        letter["attachments"] = [
            {"name": f"Plan {n}.txt", "contentType": "text/plain", "text": f"Plan {n} " * 3_000}
        ]
    return letter


def _line(n: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"Person {n} <p{n}@kunden.example>", "archiv@buero.example"
    message["Subject"], message["Message-ID"] = f"Angebot {n}", f"<a{n}@kunden.example>"
    message.set_content(f"Der Heizkörper {n} tropft.\n" * 100)
    return b"From x Mon Mar  2 08:00:00 2026\n" + message.as_bytes() + b"\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.object_storage", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000)
    main(parser.parse_args().messages)
