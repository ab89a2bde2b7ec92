"""The simulator's own small certificate authority, kept in the data folder.

``ca.pem`` is what clients trust; its key never leaves the folder. The server
certificate is made anew when it is missing, no longer fits the host names, or
ends within a month.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from m365sim.identity.keys import read_private_key, write_private_key

_CA_LIFETIME = timedelta(days=3650)
_SERVER_LIFETIME = timedelta(days=390)
"""Under the 398 days that clients accept at most."""
_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths of the CA certificate, the server certificate and the server's key (PEM)."""

    ca: Path
    certificate: Path
    key: Path


def tls_files(folder: Path, hosts: Iterable[str], now: datetime) -> TlsFiles:
    """The files for a server of these host names, made or renewed as needed in ``folder``.

    The CA stays the same as long as its files are there, so clients keep trusting it.
    Raises ValueError naming a file that is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted({"localhost", "127.0.0.1", *hosts})
    files = TlsFiles(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not _is_authority_good(folder, now):
        _write_authority(folder, now)
        files.certificate.unlink(missing_ok=True)
    if not _still_good(files, names, now):
        _write_server(files, folder, names, now)
    return files


def issue_certificate(folder: Path, hosts: Iterable[str], out: Path, now: datetime) -> TlsFiles:
    """A certificate for a server of these names, signed by the CA in ``folder`` and written to ``out``.

    For programs beside the simulator, such as a receiver of notifications. Files are named after the first
    name; ``out`` gets ``ca.pem``, too.
    The CA is made when there is none. Raises ValueError naming a file that is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(hosts))
    files = TlsFiles(out / "ca.pem", out / f"{names[0]}.pem", out / f"{names[0]}.key")
    if not _is_authority_good(folder, now):
        _write_authority(folder, now)
    files.ca.write_bytes((folder / "ca.pem").read_bytes())
    _write_server(files, folder, names, now)
    return files


def _is_authority_good(folder: Path, now: datetime) -> bool:
    path = folder / "ca.pem"
    if not (path.exists() and (folder / "ca.key").exists()):
        return False
    return _read_certificate(path).not_valid_after_utc > now + _RENEW_BEFORE


def _write_authority(folder: Path, now: datetime) -> None:
    key = _new_key()
    write_private_key(folder / "ca.key", key)
    certificate = _new_authority(key, now)
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} holds no certificate. Delete it to have a new one made.") from error


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _new_authority(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = _name("m365sim local CA (simulation)")
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(name, name, key.public_key(), now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lifetime)
    )


def _still_good(files: TlsFiles, names: list[str], now: datetime) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return False
    read_private_key(files.key)
    certificate = _read_certificate(files.certificate)
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(n.value) for n in held}
    return covered.issuperset(names) and certificate.not_valid_after_utc > now + _RENEW_BEFORE


def _write_server(files: TlsFiles, folder: Path, names: list[str], now: datetime) -> None:
    ca, ca_key = _read_certificate(files.ca), read_private_key(folder / "ca.key")
    key = _new_key()
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    certificate = (
        _builder(_name("m365sim"), ca.subject, key.public_key(), now, _SERVER_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    write_private_key(files.key, key)
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
