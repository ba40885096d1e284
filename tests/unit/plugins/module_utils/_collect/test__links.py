# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links and forwarding tables: what ip and bridge print, and what is made of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Address, Link, Vxlan

OWN = 4026531840
POD = 4026532900


@pytest.fixture(name="links")
def parsed_links(load: t.Callable[[str], t.Any]) -> dict[str, Link]:
    return {link.name: link for link in _links.parse_links(load("addr.json"), OWN, {1: POD})}


@pytest.mark.parametrize(
    "name, kind, up, carrier, mtu, master",
    [
        ("lo", "loopback", True, True, 65536, None),
        ("eth0", "veth", True, True, 1500, None),
        ("flannel.1", "vxlan", True, True, 1450, None),
        ("cni0", "bridge", True, True, 1500, None),
        ("veth1234", "veth", True, True, 1500, "cni0"),
        ("tun0", "tun", False, None, 1500, None),
    ],
)
def test_basics(
    links: dict[str, Link], name: str, kind: str, up: bool, carrier: bool | None, mtu: int, master: str | None
) -> None:
    link = links[name]
    assert (link.kind, link.up, link.carrier, link.mtu, link.master) == (kind, up, carrier, mtu, master)


def test_addresses(links: dict[str, Link]) -> None:
    addresses = {address.address: address for address in links["eth0"].addresses}
    assert addresses["192.0.2.11"] == Address(4, "192.0.2.11", 24, "global", False, False, None, None, [])
    assert addresses["192.0.2.99"].secondary
    leased = addresses["192.0.2.77"]
    assert leased.dynamic and leased.valid_seconds is not None and 0 < leased.valid_seconds <= 3600
    assert addresses["2001:db8::1"].family == 6
    assert links["flannel.1"].addresses[0].prefix == 32


def test_other_end_in_a_known_namespace(links: dict[str, Link]) -> None:
    port = links["veth1234"]
    assert (port.peer_index, port.peer_nsid, port.peer_netns) == (2, 1, POD)


def test_other_end_in_an_unknown_namespace(links: dict[str, Link]) -> None:
    nic = links["eth0"]
    assert (nic.peer_index, nic.peer_nsid, nic.peer_netns) == (2, 0, None)


def test_other_end_in_the_same_namespace(links: dict[str, Link]) -> None:
    one, other = links["va"], links["vb"]
    assert (one.lower, one.peer_index, one.peer_nsid, one.peer_netns) == ("vb", other.index, None, OWN)
    assert (other.lower, other.peer_index) == ("va", one.index)


def test_vxlan(links: dict[str, Link]) -> None:
    assert links["flannel.1"].vxlan == Vxlan(1, "192.0.2.11", None, 8472, "eth0", False, False)
    external = links["vx6"].vxlan
    assert external is not None and external.external and external.port == 4789
    assert links["eth0"].vxlan is None


def test_bridge_and_port(links: dict[str, Link]) -> None:
    bridge, port = links["cni0"].bridge, links["veth1234"].bridge_port
    assert bridge is not None and port is not None
    assert (bridge.stp, bridge.vlan_filtering, bridge.ageing_seconds) == (False, False, 300.0)
    assert (port.state, port.hairpin, port.isolated, port.learning) == ("forwarding", False, False, True)
    assert links["cni0"].bridge_port is None and links["veth1234"].bridge is None


def test_stats_have_the_usual_counters_and_others_only_if_they_count(links: dict[str, Link]) -> None:
    usual = [f"{way}_{name}" for way in ("rx", "tx") for name in ("bytes", "dropped", "errors", "packets")]
    assert sorted(links["lo"].stats) == usual
    assert links["eth0"].stats["carrier_changes"] == 2
    assert links["flannel.1"].stats["tx_dropped"] > 0


@pytest.mark.parametrize(
    "info, expected",
    [
        (
            {"info_kind": "ipip", "info_data": {"remote": "any", "local": "192.0.2.11", "ttl": 0, "pmtudisc": True}},
            ("192.0.2.11", None, True),
        ),
        ({"info_kind": "gre", "info_data": {"remote": "192.0.2.12", "local": "any"}}, (None, "192.0.2.12", None)),
    ],
)
def test_other_tunnels(info: dict[str, t.Any], expected: tuple[t.Any, ...]) -> None:
    link = _links.parse_links([{"ifname": "tunl0", "ifindex": 7, "link_type": "ipip", "mtu": 1440, "linkinfo": info}])[
        0
    ]
    assert link.tunnel is not None
    assert (link.tunnel.local, link.tunnel.remote, link.tunnel.pmtu_discovery) == expected


def test_vlan_on_a_device() -> None:
    items = [
        {"ifname": "eth0", "ifindex": 2, "link_type": "ether"},
        {
            "ifname": "eth0.7",
            "ifindex": 9,
            "link": "eth0",
            "link_type": "ether",
            "linkinfo": {"info_kind": "vlan", "info_data": {"protocol": "802.1Q", "id": 7}},
        },
    ]
    vlan = _links.parse_links(items, OWN)[1]
    assert (vlan.kind, vlan.vlan, vlan.lower, vlan.peer_index) == ("vlan", 7, "eth0", 2)


# -- forwarding tables -------------------------------------------------------------------------------------------
def test_fdb(load: t.Callable[[str], t.Any]) -> None:
    entries = {(entry.dev, entry.mac): entry for entry in _links.parse_fdb(load("fdb.json"))}
    tunnel = entries["flannel.1", "0a:58:00:00:00:01"]
    assert (tunnel.dst, tunnel.self_, tunnel.state, tunnel.master) == ("192.0.2.12", True, "permanent", None)
    port = [entry for (dev, _mac), entry in entries.items() if dev == "veth1234"]
    assert {entry.master for entry in port} == {"cni0"}
    assert {entry.state for entry in port} == {"", "permanent"}  # learned from the pod, and the port's own


def test_fdb_leaves_out_group_addresses_but_not_the_default_destination() -> None:
    macs = ["33:33:00:00:00:01", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "0A:58:0A:F4:00:01"]
    entries = _links.parse_fdb([{"mac": mac, "ifname": "vx", "flags": ["self"], "state": "permanent"} for mac in macs])
    assert [entry.mac for entry in entries] == ["00:00:00:00:00:00", "0a:58:0a:f4:00:01"]


def test_record_of_a_python_keyword_loses_its_underscore() -> None:
    entry = _links.parse_fdb([{"mac": "0a:58:00:00:00:01", "ifname": "vx", "flags": ["self"]}])[0].to_dict()
    assert entry["self"] is True and "self_" not in entry


# -- real ones ---------------------------------------------------------------------------------------------------
def test_real_links(net: t.Any) -> None:
    node, pod = net.as_node, net.as_pod
    links = {link.name: link for link in _links.read_links(Reader("w1", 10), node, {0: pod.inode})}
    assert links["veth1"].peer_netns == pod.inode
    assert links["veth1"].master == "cni0"
    assert [address.dynamic for address in links["eth0"].addresses if address.address == "192.0.2.99"] == [True]
    assert {entry.dev for entry in _links.read_fdb(Reader("w1", 10), node)} >= {"veth1"}
