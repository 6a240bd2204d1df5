"""The certificate that `moments up --tls` makes."""

import ipaddress
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from webapp.cli.certificate import Names, certificate, own_names

NAMES = Names(("localhost", "attic"), (ipaddress.ip_address("127.0.0.1"),))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_server_can_serve_with_it_and_a_client_trust_it(tmp_path: Path) -> None:
    made = certificate(tmp_path, NAMES)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.path, made.key_path)
    ssl.create_default_context(cafile=str(made.path))
    assert made.key_path.stat().st_mode & 0o077 == 0
    assert len(made.fingerprint.split(":")) == 32


def test_it_is_kept_while_it_serves(tmp_path: Path) -> None:
    first = certificate(tmp_path, NAMES, NOW)
    assert certificate(tmp_path, NAMES, NOW + timedelta(days=300)) == first
    fewer = replace(NAMES, hosts=("localhost",))
    assert certificate(tmp_path, fewer, NOW) == first


def test_a_new_address_or_its_end_makes_a_new_one(tmp_path: Path) -> None:
    first = certificate(tmp_path, NAMES, NOW)
    moved = replace(NAMES, addresses=(*NAMES.addresses, ipaddress.ip_address("192.0.2.7")))
    second = certificate(tmp_path, moved, NOW)
    assert second.fingerprint != first.fingerprint
    held = read(second.path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ipaddress.ip_address("192.0.2.7") in held.get_values_for_type(x509.IPAddress)
    third = certificate(tmp_path, moved, NOW + timedelta(days=380))
    assert third.fingerprint != second.fingerprint


def test_a_key_of_another_certificate_is_replaced(tmp_path: Path) -> None:
    first = certificate(tmp_path / "one", NAMES, NOW)
    second = certificate(tmp_path / "two", NAMES, NOW)
    first.key_path.write_bytes(second.key_path.read_bytes())
    assert certificate(tmp_path / "one", NAMES, NOW).fingerprint != first.fingerprint


def test_it_is_good_for_no_longer_than_browsers_allow(tmp_path: Path) -> None:
    found = read(certificate(tmp_path, NAMES, NOW).path)
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=397)


def test_the_machine_knows_itself() -> None:
    names = own_names()
    assert "localhost" in names.hosts
    assert ipaddress.ip_address("127.0.0.1") in names.addresses
