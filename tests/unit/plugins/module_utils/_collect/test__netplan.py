# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""netplan files, merged as netplan does, for running devices."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _netplan
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config._netplan import Device
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import InterfaceConfig

CLOUD = "/etc/netplan/50-cloud-init.yaml"
LOCAL = "/etc/netplan/90-local.yaml"
CONFLICT = """\
# This file is generated from information provided by the datasource.
network:
    version: 2
    ethernets:
        eth0:
            dhcp4: true
            addresses:
            -   192.0.2.11/24
            routes:
            -   to: default
                via: 192.0.2.1
                metric: 100
            nameservers: {addresses: [192.0.2.53], search: []}
"""
RUNNING = [
    Device("lo", None, None),
    Device("eth0", "7e:08:b1:fd:1c:0c", "virtio_net"),
    Device("ens3", "7e:08:b1:fd:1c:0d", "virtio_net"),
    Device("ens4", "7e:08:b1:fd:1c:0e", "ixgbe"),
]


def merge(
    *files: tuple[str, str], devices: t.Sequence[Device] = ()
) -> tuple[list[InterfaceConfig], list[tuple[str, int, str]]]:
    merger = _netplan.Merger()
    for path, text in files:
        merger.add(path, text)
    interfaces = merger.interfaces(devices)
    return interfaces, [tuple(problem) for problem in merger.problems]


def ethernet(settings: str, name: str = "eth0") -> str:
    lines = "".join(f"      {line}\n" for line in settings.splitlines())
    return f"network:\n  version: 2\n  ethernets:\n    {name}:\n{lines}"


def test_static_and_dhcp_at_once() -> None:
    (interface,), problems = merge((CLOUD, CONFLICT))
    assert problems == []
    assert interface.to_dict() == {
        "device": "eth0",
        "name": "eth0",
        "format": "netplan",
        "path": CLOUD,
        "method": "dhcp",
        "addresses": ["192.0.2.11/24"],
        "gateway": "192.0.2.1",
        "gateway6": None,
        "mtu": None,
        "mac": None,
        "master": None,
        "dhcp": True,
        "dhcp4": True,
        "dhcp6": False,
        "static": True,
        "conflict_families": [4],
        "onboot": True,
        "routes": [{"to": "default", "via": "192.0.2.1", "metric": 100, "table": None, "on_link": False}],
        "raw": {"dhcp4": "true"},
    }


@pytest.mark.parametrize(
    "settings, method, addresses, conflict",
    [
        ("dhcp4: yes", "dhcp", [], []),
        ("dhcp4: no\naddresses: [192.0.2.11/24]", "static", ["192.0.2.11/24"], []),
        ("addresses: [192.0.2.11/24, '2001:db8::1/64']", "static", ["192.0.2.11/24", "2001:db8::1/64"], []),
        ("dhcp6: true\naddresses: [192.0.2.11/24]", "dhcp", ["192.0.2.11/24"], []),
        ("dhcp6: true\naddresses: ['2001:db8::1/64']", "dhcp", ["2001:db8::1/64"], [6]),
        (
            "dhcp4: On\naddresses:\n  - 192.0.2.11/24:\n      label: eth0:1\n      lifetime: 0",
            "dhcp",
            ["192.0.2.11/24"],
            [4],
        ),
        ("dhcp4: ~", "none", [], []),
        ("optional: true", "none", [], []),
    ],
)
def test_addresses_and_methods(settings: str, method: str, addresses: list[str], conflict: list[int]) -> None:
    (interface,), problems = merge((CLOUD, ethernet(settings)))
    assert problems == []
    assert (interface.method, interface.addresses, interface.conflict_families) == (method, addresses, conflict)


def test_later_file_overrides_scalars_and_adds_to_lists() -> None:
    (interface,), problems = merge(
        (CLOUD, ethernet("dhcp4: true\nmtu: 1500\naddresses: [192.0.2.11/24]")),
        (LOCAL, ethernet("dhcp4: false\naddresses: [192.0.2.11/24, 192.0.2.99/24]")),
    )
    assert problems == []
    assert (interface.dhcp4, interface.mtu, interface.path) == (False, 1500, LOCAL)
    assert interface.addresses == ["192.0.2.11/24", "192.0.2.99/24"]


def test_gateways() -> None:
    (old,), _problems = merge((CLOUD, ethernet("gateway4: 192.0.2.1\ngateway6: fe80::1")))
    assert (old.gateway, old.gateway6) == ("192.0.2.1", "fe80::1")
    (new,), _problems = merge(
        (
            CLOUD,
            ethernet(
                "routes:\n  - to: 0.0.0.0/0\n    via: 192.0.2.2\n    on-link: true\n  - {to: 10.0.0.0/8, via:"
                " 192.0.2.3, table: 7}"
            ),
        )
    )
    assert (new.gateway, new.routes[0].on_link, new.routes[1].table) == ("192.0.2.2", True, "7")


@pytest.mark.parametrize(
    "settings, devices",
    [
        ("match: {macaddress: '7E:08:B1:FD:1C:0D'}", ["ens3"]),
        ("match: {macaddress: '7e:08:b1:fd:1c:0d'}\nset-name: lan0", ["lan0"]),
        ("match: {name: 'ens*'}", ["ens3", "ens4"]),
        ("match: {driver: ixgbe, name: 'ens*'}", ["ens4"]),
        ("match: {driver: 'virt* x'}", ["eth0", "ens3"]),
        ("match: {macaddress: '00:00:00:00:00:01'}", [None]),
        ("match: {}", ["nic"]),
        ("mtu: 1400", ["nic"]),
    ],
)
def test_match(settings: str, devices: list[str | None]) -> None:
    interfaces, problems = merge((CLOUD, ethernet(settings, "nic")), devices=RUNNING)
    assert problems == []
    assert [interface.device for interface in interfaces] == devices
    assert {interface.name for interface in interfaces} == {"nic"}


def test_bonds_bridges_and_vlans() -> None:
    text = (
        "network:\n  renderer: networkd\n  ethernets:\n    renderer: NetworkManager\n    eno1: {}\n    eno2:\n"
        "  bonds:\n    bond0: {interfaces: [eno1, eno2], parameters: {mode: 802.3ad}, dhcp4: true}\n"
        "  vlans:\n    bond0.7: {id: 7, link: bond0, addresses: [10.7.0.1/24], mtu: 1400}\n"
    )
    interfaces, problems = merge((CLOUD, text))
    assert problems == []
    found = {interface.name: interface for interface in interfaces}
    assert (found["eno1"].master, found["eno2"].master, found["bond0"].master) == ("bond0", "bond0", None)
    assert (found["bond0.7"].raw["link"], found["bond0.7"].mtu) == ("bond0", 1400)


@pytest.mark.parametrize(
    "text, line, reason",
    [
        (ethernet("dhcp4: maybe"), 5, "dhcp4 is neither true nor false"),
        (ethernet("mtu: 1.5k"), 5, "mtu is not a number"),
        (ethernet("addresses: 192.0.2.11/24"), 5, "addresses is not a list"),
        (ethernet("dhcp4: no\naddresses: [192.0.2.11]"), 6, "an item of addresses is not ADDRESS/PREFIX"),
        (ethernet("addresses: [[a]]"), 5, "an item of addresses is not ADDRESS/PREFIX"),
        (ethernet("routes: [{via: 192.0.2.1}]"), 5, "a route has no destination (to)"),
        (ethernet("match: eth0"), 5, "match is not a mapping"),
        (ethernet("dhcp4: [true]"), 5, "dhcp4 is not a single value"),
        (ethernet("dhcp4: &x true"), 5, "an anchor is not supported"),
        ("network:\n  ethernets: [eth0]\n", 2, "ethernets is not a mapping"),
        ("network:\n  ethernets:\n    eth0: dhcp\n", 3, "an interface is not a mapping"),
        ("- network\n", 1, "the file is not a mapping"),
    ],
)
def test_what_cannot_be_read_is_named_once(text: str, line: int, reason: str) -> None:
    _interfaces, problems = merge((CLOUD, text))
    assert problems == [(CLOUD, line, reason)]


def test_broken_file_leaves_the_others() -> None:
    interfaces, problems = merge((CLOUD, "network: [\n"), (LOCAL, ethernet("dhcp4: true")))
    assert [interface.device for interface in interfaces] == ["eth0"]
    assert problems == [(CLOUD, 1, "a bracket is not closed")]


def test_passwords_stay_out() -> None:
    text = "network:\n  wifis:\n    wlan0:\n      dhcp4: true\n      access-points: {home: {password: hunter2}}\n"
    (interface,), problems = merge((CLOUD, text))
    assert problems == [] and interface.dhcp4
    assert "hunter2" not in str(interface.to_dict())
