"""A push service that keeps what it is given, on this machine, over TLS; and a device that reads it there."""

from __future__ import annotations

import json
import queue
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import http_ece
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from tests.flow.jmap.client import Client, Json

PLAIN = "plain"


@dataclass(frozen=True)
class Pushed:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """``answers`` says with which status and headers each path is answered; 201 otherwise.

    ``files`` are the octets that are to be had at a path, with 200 unless ``answers`` says more. Who posts
    to a path of ``held`` is answered when its event is set.
    """

    url: str
    ca_file: Path
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    boxes: dict[str, queue.Queue[Pushed]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def box(self, path: str) -> queue.Queue[Pushed]:
        with self.lock:
            return self.boxes.setdefault(path, queue.Queue())


@contextmanager
def running_push_service(folder: Path) -> Iterator[PushService]:
    """Serves on a free port with a certificate that its ``ca_file`` vouches for."""
    folder.mkdir(parents=True, exist_ok=True)
    make_certificate(folder)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(folder / "push.pem", folder / "push.key")
    found: list[PushService] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service = found[0]
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = service.answers.get(self.path, (201, {}))
            service.box(self.path).put(Pushed(self.path, headers, body))
            if (held := service.held.get(self.path)) is not None:
                held.wait(30)
            with suppress(OSError):  # who is killed waits for no answer
                self.send_response(status)
                for name, value in {"Content-Length": "0", **more}.items():
                    self.send_header(name, value)
                self.end_headers()

        def do_GET(self) -> None:
            service = found[0]
            octets = service.files.get(self.path, b"")
            status, more = service.answers.get(self.path, (200 if self.path in service.files else 404, {}))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(octets)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(octets)
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.box(self.path).put(Pushed(self.path, headers, b""))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    found.append(PushService(f"https://127.0.0.1:{server.server_port}", folder / "push.pem"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(folder: Path) -> None:
    """Of a service on this machine, and its own authority: ``push.pem``, with its key in ``push.key``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push service of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]),
            critical=False,
        )
        .sign(key, SHA256())
    )
    (folder / "push.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "push.key").write_bytes(pem)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Device:
    """A program's receiving end: an address of its own, and keys of its own."""

    service: PushService
    path: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    auth: bytes = bytes(range(16))

    @property
    def url(self) -> str:
        return self.service.url + self.path

    @property
    def keys(self) -> Json:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": b64(point), "auth": b64(self.auth)}

    def subscribe(self, who: Client, **more: object) -> Json:
        """Ask for pushes to this device; what the server says of it."""
        wish = {"deviceClientId": self.path, "url": self.url, "keys": self.keys, **more}
        answer = who.call("PushSubscription/set", create={"k": wish})
        assert answer["created"], answer["notCreated"]
        return dict(answer["created"]["k"])

    def confirmed(self, who: Client, **more: object) -> str:
        """Subscribed, and the code told back; the id."""
        made = self.subscribe(who, **more)
        code = self.read()["verificationCode"]
        update = {made["id"]: {"verificationCode": code}}
        answer = who.call("PushSubscription/set", update=update)
        assert answer["updated"] == {made["id"]: None}, answer
        return str(made["id"])

    def next(self, timeout_s: float = 60) -> Pushed:
        """The next request that comes in."""
        return self.service.box(self.path).get(timeout=timeout_s)

    def read(self) -> Json:
        """The next message, decrypted."""
        return self.open(self.next())

    def open(self, pushed: Pushed) -> Json:
        assert pushed.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(pushed.body, private_key=self.private, auth_secret=self.auth)
        told: Json = json.loads(plain)
        return told

    def until(self, account: str, type_: str) -> str:
        """Read until this type of this account has changed; its state."""
        while True:
            changed = self.read()["changed"]
            if type_ in changed.get(account, {}):
                return str(changed[account][type_])


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
