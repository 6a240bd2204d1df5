"""Which addresses are allowed, by policy."""

import pytest

from domain.core.errors import BadInput, Unavailable
from domain.infra.http.addresses import AddressBook, AddressRules, Policy, resolve_checked

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1::1", "64:ff9b::101:101", "2002:101:101::1"]
PRIVATE = ["10.0.0.1", "172.16.3.4", "192.168.1.20", "fd12::1", "::ffff:192.168.1.20"]
NEVER = [
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.8.8.8", "::1", "::", "::ffff:127.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
    "169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254",
    "fd20:ce::254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "239.1.2.3", "ff02::1", "240.0.0.1", "255.255.255.255", "fec0::1", "2001::1", "100::1",
    "192.0.2.1", "203.0.113.7", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("policy", Policy)
def test_public_addresses_are_reached(address: str, policy: Policy) -> None:
    assert AddressRules(policy).allows(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_for_pulls(address: str) -> None:
    assert AddressRules(Policy.PULL).allows(address)
    assert not AddressRules(Policy.PUBLIC_ONLY).allows(address)


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("policy", Policy)
def test_internal_addresses_are_never_reached(address: str, policy: Policy) -> None:
    assert not AddressRules(policy).allows(address)


def test_an_operator_lists_networks_for_pulls_alone() -> None:
    networks = ["127.0.0.0/8", "169.254.7.0/24", "::1/128"]
    rules = AddressRules(Policy.PULL, networks)
    assert all(map(rules.allows, ["127.0.0.1", "169.254.7.9", "::1", "::ffff:127.0.0.1"]))
    assert not rules.allows("169.254.169.254")
    assert not AddressRules(Policy.PUBLIC_ONLY, networks).allows("127.0.0.1")


def test_one_bad_answer_spoils_all() -> None:
    book = AddressBook(
        AddressRules(Policy.PUBLIC_ONLY), lambda _host, _port: ["1.1.1.1", "127.0.0.1"]
    )
    with pytest.raises(BadInput) as caught:
        book.resolve("two-faced.example", 80)
    assert caught.value.code == "unsafe_url"
    book.close()


def test_a_name_that_is_not_found() -> None:
    def resolver(_host: str, _port: int) -> list[str]:
        raise OSError

    book = AddressBook(AddressRules(Policy.PUBLIC_ONLY), resolver)
    with pytest.raises(Unavailable):
        book.resolve("nowhere.example", 80)
    book.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f000001", "2130706433", "0177.1", "localhost"])
def test_every_form_of_loopback_is_loopback(host: str) -> None:
    with pytest.raises(BadInput):
        resolve_checked(host, 554, Policy.PULL)
    assert resolve_checked(host, 554, Policy.PULL, ["127.0.0.0/8", "::1"]) in {"127.0.0.1", "::1"}
