"""A self-signed certificate, so that phones on the local network get a secure page.

A browser warns once, and shows the fingerprint that `moments up --tls` prints. The certificate is
in the home and is recreated when the machine's addresses change or it expires.
"""

import ipaddress
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from domain.core.errors import Unavailable

# Browsers refuse self-signed certificates with a longer lifetime.
_LIFETIME = timedelta(days=397)
_RENEW = timedelta(days=30)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Names:
    """A machine's names and addresses."""

    hosts: tuple[str, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate's files, and its fingerprint to compare."""

    path: Path
    key_path: Path
    fingerprint: str  # SHA-256 as browsers show it: `AB:CD:…`


def own_names() -> Names:
    """Return this machine's names and addresses, including loopback."""
    host = socket.gethostname().lower()
    hosts = ["localhost", *([host, f"{host}.local"] if host.isascii() and "." not in host else [])]
    addresses: set[Address] = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    for interface in psutil.net_if_addrs().values():
        for each in interface:
            if each.family in (socket.AF_INET, socket.AF_INET6):
                with suppress(ValueError):
                    addresses.add(ipaddress.ip_address(each.address.partition("%")[0]))
    kept = [a for a in addresses if not a.is_link_local]
    return Names(tuple(hosts), tuple(sorted(kept, key=lambda a: (a.version, int(a)))))


def reached_at() -> str:
    """Return this machine's address on the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing: the system only chooses a route
        return str(probe.getsockname()[0])
    others = [a for a in own_names().addresses if a.version == 4 and not a.is_loopback]
    return str(others[0]) if others else "localhost"


def certificate(home: Path, names: Names, now: datetime | None = None) -> Certificate:
    """Return the home's certificate; creates one if none is valid.

    Raises:
        Unavailable: The home is not writable.
    """
    now = now or datetime.now(UTC)
    folder = home / "tls"
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    try:
        made = _read(path, key_path)
        if made is None or not _serves(made, names, now):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = _make(path, key_path, names, now)
    except OSError as error:
        raise Unavailable(
            f"The certificate cannot be stored in {folder}: {error.strerror}. Check the folder's "
            "permissions."
        ) from error
    return Certificate(path, key_path, made.fingerprint(hashes.SHA256()).hex(":").upper())


def _read(path: Path, key_path: Path) -> x509.Certificate | None:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    own = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    same = key.public_key().public_bytes(*own) == found.public_key().public_bytes(*own)
    return found if same else None  # a crash happened between the two files


def _serves(made: x509.Certificate, names: Names, now: datetime) -> bool:
    if made.not_valid_after_utc - now < _RENEW or made.not_valid_before_utc > now:
        return False
    held = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names.hosts) <= set(held.get_values_for_type(x509.DNSName)) and set(
        names.addresses
    ) <= set(held.get_values_for_type(x509.IPAddress))


def _make(path: Path, key_path: Path, names: Names, now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Moments on this machine")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    alternatives += [x509.IPAddress(address) for address in names.addresses]
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,  # so that a phone can be told to trust it
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # phones' clocks differ
        .not_valid_after(now + _LIFETIME - timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(key_path, pem)
    _write(path, made.public_bytes(serialization.Encoding.PEM))
    return made


def _write(path: Path, body: bytes) -> None:
    beside = path.with_suffix(".tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
