# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection tracking and address translation, there and back, as kube-proxy's rules use them."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _conntrack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import CtState, Packet
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._netstack._netfilter import filters

FORWARDED = ("prerouting", "forward", "postrouting")
VIP = "10.96.0.20"
# What a node of the lab has in kube-proxy's nftables mode, shortened, as nft 1.0.6 lists it.
KUBE_PROXY_NFT = ruleset_of([], (pathlib.Path(__file__).parent / "kube_proxy_nft.json").read_text(encoding="utf-8"))
KUBE_PROXY = filters.iptables(
    """\
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-WEB - [0:0]
[0:0] -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[0:0] -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
[0:0] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
[0:0] -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
[0:0] -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
[0:0] -A KUBE-POSTROUTING -j MASQUERADE --random-fully
[0:0] -A KUBE-SEP-A -s 10.244.1.3/32 -j KUBE-MARK-MASQ
[0:0] -A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080
[0:0] -A KUBE-SEP-B -s 10.244.2.4/32 -j KUBE-MARK-MASQ
[0:0] -A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.244.2.4:8080
[0:0] -A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-WEB
[0:0] -A KUBE-SVC-WEB ! -s 10.244.0.0/16 -d 10.96.0.20/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
[0:0] -A KUBE-SVC-WEB -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
[0:0] -A KUBE-SVC-WEB -j KUBE-SEP-B
COMMIT
"""
)
BOTH_MODES = pytest.mark.parametrize("rules", [KUBE_PROXY, KUBE_PROXY_NFT], ids=["iptables", "nftables"])


def to_service(**changes: t.Any) -> Packet:
    return dataclasses.replace(filters.SYN, dst=VIP, dport=80, **changes)


def answer(packet: Packet, **changes: t.Any) -> Packet:
    fields = {"src": packet.dst, "dst": packet.src, "sport": packet.dport, "dport": packet.sport}
    flags = frozenset(("syn", "ack"))
    return dataclasses.replace(packet, **{**fields, "flags": flags, "ct": None, "mark": 0, **changes})


@BOTH_MODES
def test_a_service_becomes_each_of_its_endpoints(rules: t.Any) -> None:
    ways = filters.through(rules, to_service(), FORWARDED)
    assert {(way.packet.dst, way.packet.dport, way.share) for way in ways} == {
        ("10.244.1.3", 8080, 0.5),
        ("10.244.2.4", 8080, 0.5),
    }
    assert {way.packet.src for way in ways} == {filters.CLIENT}


@BOTH_MODES
def test_answers_come_from_the_service_again(rules: t.Any) -> None:
    for way in filters.through(rules, to_service(), FORWARDED):
        (back,) = filters.through(rules, answer(way.packet), FORWARDED, way.tracking, iif="flannel.1", oif="cni0")
        assert (back.packet.src, back.packet.sport, back.packet.dst) == (VIP, 80, filters.CLIENT)
        assert back.packet.ct is not None and back.packet.ct.state is CtState.ESTABLISHED and back.packet.ct.is_reply


@BOTH_MODES
def test_hairpin_is_masqueraded_and_comes_back(rules: t.Any) -> None:
    ways = filters.through(rules, to_service(src="10.244.1.3"), FORWARDED)
    (own,) = [way for way in ways if way.packet.dst == "10.244.1.3"]
    assert (own.packet.src, own.packet.sport) == ("10.244.1.0", None)  # the port is the kernel's choice
    (back,) = filters.through(rules, answer(own.packet), FORWARDED, own.tracking)
    assert (back.packet.src, back.packet.dst, back.packet.dport) == (VIP, "10.244.1.3", 40000)


@BOTH_MODES
def test_later_packets_keep_the_endpoint(rules: t.Any) -> None:
    first = filters.through(rules, to_service(), FORWARDED)[0]
    (again,) = filters.through(rules, to_service(), FORWARDED, first.tracking)
    assert (again.packet.dst, again.share) == (first.packet.dst, 1.0)


def test_a_service_without_endpoints_is_rejected() -> None:
    (result,) = filters.through(KUBE_PROXY_NFT, dataclasses.replace(to_service(), dst="10.96.0.30"), FORWARDED)
    assert (result.action.value, result.reject_with) == ("reject", "icmp-port-unreachable")


def test_a_port_that_a_service_does_not_have_is_rejected() -> None:
    (result,) = filters.through(KUBE_PROXY_NFT, dataclasses.replace(to_service(), dport=81), FORWARDED)
    assert result.action.value == "reject" and "invalid ports" in (result.rule.comment or "")


def test_node_ports_are_masqueraded() -> None:
    packet = dataclasses.replace(to_service(), src="203.0.113.9", dst=filters.NODE, dport=30080)
    ways = filters.through(KUBE_PROXY_NFT, packet, FORWARDED, oif="cni0")
    assert {(way.packet.src, way.packet.dport) for way in ways} == {("10.244.1.0", 8080)}


def test_icmp_error_of_a_translated_connection_is_related_and_translated() -> None:
    way = filters.through(KUBE_PROXY, to_service(), FORWARDED)[0]
    error = Packet(4, "10.244.2.1", filters.CLIENT, "icmp", icmp_type=3, icmp_code=3, inner=way.packet)
    (back,) = filters.through(KUBE_PROXY, error, FORWARDED, way.tracking)
    assert back.packet.ct is not None and back.packet.ct.state is CtState.RELATED
    assert back.packet.src == VIP and back.packet.inner is not None
    assert (back.packet.inner.src, back.packet.inner.dst, back.packet.inner.dport) == (filters.CLIENT, VIP, 80)


def test_the_first_translation_that_matches_binds() -> None:
    rules = filters.iptables(
        "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DNAT --to-destination 10.9.9.1\n"
        "-A PREROUTING -j DNAT --to-destination 10.9.9.2\nCOMMIT\n"
    )
    (result,) = filters.run(rules, hook="prerouting")
    assert result.packet.dst == "10.9.9.1"


def test_without_connection_tracking_nothing_is_translated() -> None:
    rules = filters.iptables(
        "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CT --notrack\nCOMMIT\n"
        "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DNAT --to-destination 10.9.9.1\nCOMMIT\n"
    )
    (result,) = filters.run(rules, hook="prerouting")
    assert result.packet.dst == filters.SERVER
    assert result.packet.ct is not None and result.packet.ct.state is CtState.UNTRACKED


@pytest.mark.parametrize(
    "target, expected",
    [
        ("DNAT --to-destination 10.9.9.1-10.9.9.4", {f"10.9.9.{number}" for number in range(1, 5)}),
        ("DNAT --to-destination 10.9.9.1:90-91", {"10.9.9.1"}),
        ("NETMAP --to 10.9.9.0/24", {"10.9.9.4"}),
        ("REDIRECT --to-ports 90", {"10.244.1.1"}),
    ],
)
def test_targets_that_change_the_destination(target: str, expected: set[str]) -> None:
    rules = filters.iptables(f"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j {target}\nCOMMIT\n")
    results = filters.run(rules, hook="prerouting")
    assert {result.packet.dst for result in results} == expected
    assert sum(result.share for result in results) == pytest.approx(1.0)


def test_local_packets_are_routed_again_after_a_change() -> None:
    translated = filters.iptables("*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j DNAT --to-destination 10.9.9.1\nCOMMIT\n")
    marked = filters.iptables("*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n")
    native = filters.nft([{"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}}], hook="output")
    found = [filters.run(rules, hook="output", iif=None)[0].reroute for rules in (translated, marked, native)]
    assert found == [True, True, False]


def test_zones_keep_connections_apart() -> None:
    zoned = filters.iptables("*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i cni0 -j CT --zone 5\nCOMMIT\n")
    (first,) = filters.through(zoned, filters.SYN, FORWARDED)
    (other,) = filters.run(zoned, answer(filters.SYN), "prerouting", tracking=first.tracking, iif="flannel.1")
    assert other.packet.ct is not None and other.packet.ct.state is CtState.INVALID


@pytest.mark.parametrize(
    "flags, state",
    [
        ("syn", CtState.NEW),
        ("syn ack", CtState.INVALID),
        ("ack", CtState.NEW),
        ("rst", CtState.INVALID),
        ("fin syn", CtState.INVALID),
    ],
)
def test_segments_of_no_connection(flags: str, state: CtState) -> None:
    packet = dataclasses.replace(filters.SYN, flags=frozenset(flags.split()))
    tracked, _table = _conntrack.track(packet, Tracking())
    assert tracked.ct is not None and tracked.ct.state is state


def test_an_acknowledgement_without_the_answer_before_it_is_invalid() -> None:
    """The answers take another way: conntrack sees the client's segments only."""
    (first,) = filters.through(KUBE_PROXY, filters.SYN, FORWARDED)
    ack = dataclasses.replace(filters.SYN, flags=frozenset(("ack",)))
    (second,) = filters.run(KUBE_PROXY, ack, "prerouting", tracking=first.tracking)
    assert second.packet.ct is not None and second.packet.ct.state is CtState.INVALID


def test_connection_marks_are_kept_for_both_ways() -> None:
    rules = filters.iptables(
        "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff "
        "--ctmask 0xffffffff\n-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT\n"
        "-A PREROUTING -j MARK --set-xmark 0x7/0xff\n"
        "-A PREROUTING -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff\nCOMMIT\n"
    )
    (first,) = filters.through(rules, filters.SYN, FORWARDED)
    (back,) = filters.run(rules, answer(filters.SYN), "prerouting", tracking=first.tracking)
    assert back.packet.mark == 7


IP_VS = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600014:0050 rr
  -> 0AF40103:1F90      Masq    1      0          0
  -> 0AF40204:1F90      Masq    3      0          0
TCP  0A60001E:0050 rr
TCP  [fd00:0096:0000:0000:0000:0000:0000:0001]:01BB rr
  -> [fd00:0002:0000:0000:0000:0000:0000:0004]:1F90      Masq    1      0          0
"""


def test_ipvs_sends_to_the_real_servers_by_weight() -> None:
    found = filters.through(ruleset_of([], ipvs=IP_VS), to_service(), ("prerouting", "input"), oif=None)
    assert {(way.action.value, way.packet.dst, way.packet.dport, way.share) for way in found} == {
        ("local_out", "10.244.1.3", 8080, 0.25),
        ("local_out", "10.244.2.4", 8080, 0.75),
    }


def test_ipvs_without_servers_refuses() -> None:
    packet = dataclasses.replace(to_service(), dst="10.96.0.30")
    (way,) = filters.through(ruleset_of([], ipvs=IP_VS), packet, ("prerouting", "input"), oif=None)
    assert (way.action.value, way.reject_with) == ("reject", "icmp-port-unreachable")
