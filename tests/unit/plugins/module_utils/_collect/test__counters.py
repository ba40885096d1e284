# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of protocols, network cards, connection tracking and memory."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _counters, _links, _tools
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Conntrack, NeighbourTable

SNMP = """\
Ip: Forwarding DefaultTTL InReceives OutNoRoutes FragFails
Ip: 1 64 40118 17 3
Tcp: RtoAlgorithm MaxConn RetransSegs OutRsts
Tcp: 1 -1 9 0
TcpExt: ListenOverflows ListenDrops IPReversePathFilter
TcpExt: 2 2 5
"""
ETHTOOL = """\
NIC statistics:
     rx_packets: 123456
     rx_dropped: 0
     rx_no_buffer_count: 12
     tx_timeout_count: 1
     rx_queue_0_drops: 44
     port.rx_crc_errors: 3
     veth_peer_ifindex: 5
"""
CONNTRACK = """\
entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error
00000010  00000000 0 0 0 0 0 0 0 00000001 00000002 00000000 0
00000010  00000000 0 0 0 0 0 0 0 0000000a 00000010 00000000 0
"""


def test_protocol_counters_that_are_not_zero() -> None:
    assert _counters.parse_counters(SNMP) == {
        "IpOutNoRoutes": 17,
        "IpFragFails": 3,
        "TcpRetransSegs": 9,
        "TcpExtListenOverflows": 2,
        "TcpExtListenDrops": 2,
        "TcpExtIPReversePathFilter": 5,
    }


def test_real_counters_are_those_of_the_namespace(net: t.Any) -> None:
    assert _counters.read_counters(Reader("w1", 10), net.as_pod).get("TcpPassiveOpens", 0) < 100


def test_driver_counters() -> None:
    assert _counters.parse_ethtool(ETHTOOL) == {
        "ethtool_rx_no_buffer_count": 12,
        "ethtool_tx_timeout_count": 1,
        "ethtool_rx_queue_0_drops": 44,
        "ethtool_port.rx_crc_errors": 3,
    }


def test_nic_counters(
    load: t.Callable[[str], t.Any], tmp_path: pathlib.Path, scripted: t.Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tools, "which", lambda name: f"/usr/sbin/{name}")
    (tmp_path / "class" / "net" / "eth0" / "device").mkdir(parents=True)
    links = [
        dataclasses.replace(link, stats={"rx_packets": 5, "rx_dropped": 2, "rx_errors": 0})
        for link in _links.parse_links(load("addr.json"))
    ]
    reader = scripted({("ethtool", "-S", "eth0"): ETHTOOL})
    counters = _counters.read_nic_counters(reader, links, str(tmp_path))
    assert counters["eth0"]["rx_dropped"] == 2
    assert counters["eth0"]["ethtool_rx_no_buffer_count"] == 12
    assert "rx_packets" not in counters["eth0"] and "rx_errors" not in counters["eth0"]
    assert sorted(counters) == ["cni0", "eth0", "flannel.1"]  # not lo, not the ports, not devices without address


def test_driver_without_counters(
    scripted: t.Any, load: t.Callable[[str], t.Any], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tools, "which", lambda name: f"/usr/sbin/{name}")
    (tmp_path / "class" / "net" / "eth0" / "device").mkdir(parents=True)
    nic = [link for link in _links.parse_links(load("addr.json")) if link.name == "eth0"]
    reader = scripted({("ethtool", "-S", "eth0"): OSError("no stats available")})
    assert _counters.read_nic_counters(reader, nic, str(tmp_path)) == {}


def test_conntrack(tmp_path: pathlib.Path) -> None:
    (tmp_path / "net" / "stat").mkdir(parents=True)
    (tmp_path / "net" / "stat" / "nf_conntrack").write_text(CONNTRACK)
    sysctls = {"net.netfilter.nf_conntrack_count": "311", "net.netfilter.nf_conntrack_max": "262144"}
    assert _counters.read_conntrack(sysctls, str(tmp_path)) == Conntrack(311, 262144, 18, 0, 11)
    assert _counters.read_conntrack(sysctls, "/nowhere") == Conntrack(311, 262144, None, None, None)
    assert _counters.read_conntrack({}) is None


def test_neighbour_table(tmp_path: pathlib.Path) -> None:
    (tmp_path / "net" / "stat").mkdir(parents=True)
    (tmp_path / "net" / "stat" / "arp_cache").write_text("entries  allocs\n00000069 000003a8\n00000069 0\n")
    sysctls = {"net.ipv4.neigh.default.gc_thresh3": "1024"}
    assert _counters.neighbour_table(6, sysctls, str(tmp_path)) == NeighbourTable(105, 1024)
    assert _counters.neighbour_table(6, {}, "/nowhere") == NeighbourTable(6, None)


def test_memory(tmp_path: pathlib.Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:  1024 kB\n")
    memory = _counters.read_memory(str(tmp_path))
    assert memory is not None and (memory.total, memory.available) == (2097152, 1048576)
    assert _counters.read_memory("/nowhere") is None


def test_counters_that_cannot_be_read() -> None:
    with pytest.raises(_counters.ReadError, match="snmp: No such file"):
        _counters.read_counters(Reader("w1", 10), dataclasses.replace(HOST, pid=2**22 + 1))
