# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else decides about a packet: filters of traffic control, IPsec, VLANs, nexthop objects, details of sockets."""

from __future__ import annotations

import os
import socket
import struct
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import (
    _links,
    _pods,
    _routes,
    _sock_diag,
    _tools,
    _traffic_control,
    _xfrm,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import PodEntry, PortVlan

QDISCS = """[{"kind":"noqueue","handle":"0:","dev":"lo","root":true},
{"kind":"clsact","handle":"ffff:","dev":"eth0","parent":"ffff:fff1"},
{"kind":"ingress","handle":"ffff:","dev":"veth1","parent":"ffff:fff1"}]"""
BPF = """[{"protocol":"all","pref":49152,"kind":"bpf","chain":0},
{"protocol":"all","pref":49152,"kind":"bpf","chain":0,"options":{"handle":"0x1","bpf_name":"prog.o:[tc]",
"direct-action":true,"not_in_hw":true,"prog":{"id":7,"name":"to_netdev","tag":"ab"}}}]"""
DROP = """[{"protocol":"all","pref":10,"kind":"matchall","chain":0},
{"protocol":"all","pref":10,"kind":"matchall","chain":0,"options":{"handle":1,"not_in_hw":true,
"actions":[{"order":1,"kind":"gact","control_action":{"type":"drop"},"prob":{"random_type":"none"}}]}}]"""
POLICIES = """\
src 10.244.0.0/16 dst 10.245.0.0/16
\tdir out priority 0
\ttmpl src 192.0.2.11 dst 192.0.2.12
\t\tproto esp reqid 1 mode tunnel
src 0.0.0.0/0 dst 10.9.0.0/24
\tdir fwd action block priority 10
src 0.0.0.0/0 dst 0.0.0.0/0
\tsocket in priority 0
"""
SELECTORS = """\
src 10.0.0.0/8 dst 10.1.0.0/16 proto tcp sport 1 dport 80\x20
\tdir fwd action block priority 7 ptype main\x20
src 10.0.0.0/8 dst 10.1.0.0/16 proto icmp type 8 code 0\x20
\tdir fwd priority 3 ptype main\x20
\tmark 0x10/0xff\x20
\ttmpl src 0.0.0.0 dst 0.0.0.0
\t\tproto esp reqid 0 mode transport
\t\tlevel use\x20
src 10.0.0.0/8 dst 10.1.0.0/16 dev lo\x20
\tdir in priority 3 ptype main\x20
\ttmpl src 1.1.1.1 dst 2.2.2.2
\t\tproto esp spi 0x00000007 reqid 3 mode tunnel
\tif_id 0x5
src 10.0.0.0/8 dst 10.1.0.0/15 proto gre key 5\x20
\tdir out action block priority 0 ptype main\x20
"""
DEFAULTS = """\
Default policies:
 in:  accept
 fwd: accept
 out: accept
"""
STATES = """\
src 192.0.2.11 dst 192.0.2.12
\tproto esp spi {spi} reqid {reqid} mode {mode}
\treplay-window 0
"""
VLANS = """[{"ifname":"veth1","vlans":[{"vlan":10,"flags":["PVID","Egress Untagged"]},{"vlan":20,"vlanEnd":29}]},
{"ifname":"cni0","vlans":[{"vlan":10,"flags":["PVID","Egress Untagged"]}]}]"""


def test_filters_of_the_devices_that_can_have_some(
    scripted: t.Callable[..., t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tools, "which", lambda name: f"/sbin/{name}")
    reader = scripted(
        {
            _traffic_control.DISCIPLINES: QDISCS,
            ("tc", "-j", "filter", "show", "dev", "eth0", "ingress"): BPF,
            ("tc", "-j", "filter", "show", "dev", "eth0", "egress"): "[]",
            ("tc", "-j", "filter", "show", "dev", "veth1", "ingress"): DROP,
        }
    )
    found = _traffic_control.read_filters(reader, HOST)
    assert [(each.dev, each.hook, each.kind, each.actions, each.direct) for each in found] == [
        ("eth0", "ingress", "bpf", [], True),
        ("veth1", "ingress", "matchall", ["drop"], False),
    ]


def test_a_filter_says_where_it_sends_packets() -> None:
    action = {"kind": "mirred", "mirred_action": "redirect", "to_dev": "ifb9", "control_action": {"type": "stolen"}}
    item = {"kind": "bpf", "pref": 7, "options": {"actions": [action]}}
    (found,) = _traffic_control.parse_filters([item], "eth0", "ingress")
    assert (found.text, found.actions, found.direct) == ("bpf pref 7 redirect to ifb9", ["stolen"], False)


@pytest.mark.parametrize(
    ("spi", "reqid", "mode", "met"),
    [
        ("0x00000100", 1, "tunnel", True),
        ("0x00000000", 1, "tunnel", False),
        ("0x00000100", 2, "tunnel", False),
        ("0x00000100", 1, "transport", False),
    ],
)
def test_ipsec_states(scripted: t.Callable[..., t.Any], spi: str, reqid: int, mode: str, met: bool) -> None:
    """One that is only asked for has no number, and is none."""
    states = STATES.format(spi=spi, reqid=reqid, mode=mode)
    answers = {_xfrm.POLICIES: POLICIES, _xfrm.STATES: states, _xfrm.DEFAULTS: DEFAULTS}
    found = _xfrm.read_policies(scripted(answers), HOST, True)
    unmet = None if met else "esp tunnel from 192.0.2.11 to 192.0.2.12, reqid 1"
    assert [one.unmet for one in found] == [unmet, None]


def test_ipsec_states_that_cannot_be_read() -> None:
    assert [one.unmet for one in _xfrm.parse_policies(POLICIES)] == [None, None]


def test_ipsec_policies(scripted: t.Callable[..., t.Any]) -> None:
    answers = {_xfrm.POLICIES: POLICIES, _xfrm.STATES: "", _xfrm.DEFAULTS: DEFAULTS}
    found = _xfrm.read_policies(scripted(answers), HOST, True)
    assert [(each.direction, each.src, each.dst, each.action) for each in found] == [
        ("out", "10.244.0.0/16", "10.245.0.0/16", "allow"),
        ("fwd", "0.0.0.0/0", "10.9.0.0/24", "block"),
    ]


def test_selectors_of_ipsec_policies() -> None:
    """As ip xfrm policy prints them."""
    tcp, icmp, tunnel, gre = _xfrm.parse_policies(SELECTORS)
    assert (tcp.protocol, tcp.sport, tcp.dport, tcp.priority, tcp.action) == ("tcp", 1, 80, 7, "block")
    assert (icmp.protocol, icmp.sport, icmp.dport, icmp.mark, icmp.wanted) == ("icmp", 8, 0, [0x10, 0xFF], None)
    assert (tunnel.interface, tunnel.other, tunnel.templates) == (5, "dev lo", 1)
    assert tunnel.wanted == "esp tunnel from 1.1.1.1 to 2.2.2.2, reqid 3"
    assert (gre.protocol, gre.other, gre.templates) == ("gre", "key 5", 0)


def test_default_of_ipsec_policies() -> None:
    blocked = _xfrm.parse_defaults(DEFAULTS.replace("fwd: accept", "fwd: block"))
    assert {(one.direction, one.action, one.priority) for one in blocked} == {("fwd", "block", _xfrm.LAST)}
    assert _xfrm.parse_defaults(DEFAULTS) == []


def test_ipsec_is_not_asked_for_where_that_would_load_it(scripted: t.Callable[..., t.Any]) -> None:
    assert _xfrm.read_policies(scripted({}), HOST, False) == []


def test_vlans_are_read_where_a_bridge_filters_them(scripted: t.Callable[..., t.Any]) -> None:
    reader = scripted({_links.VLANS: VLANS})
    bridge: t.Any = {
        "ifname": "cni0",
        "ifindex": 4,
        "linkinfo": {"info_kind": "bridge", "info_data": {"vlan_filtering": 1}},
    }
    assert _links.read_vlans(reader, HOST, _links.parse_links([bridge])) == [
        PortVlan("veth1", 10, 10, True, True),
        PortVlan("veth1", 20, 29, False, False),
        PortVlan("cni0", 10, 10, True, True),
    ]
    bridge["linkinfo"]["info_data"]["vlan_filtering"] = 0
    assert _links.read_vlans(scripted({}), HOST, _links.parse_links([bridge])) == []


def test_nexthop_objects_are_read_where_a_route_only_names_one(scripted: t.Callable[..., t.Any]) -> None:
    objects = """[{"id":1,"gateway":"192.0.2.1","dev":"eth0","scope":"link","protocol":"boot","flags":[]},
{"id":2,"blackhole":null,"flags":[]},{"id":3,"group":[{"id":1,"weight":3},{"id":2}],"type":"mpath","flags":[]}]"""
    routes = _routes.parse_routes([{"dst": "default", "nhid": 3, "flags": []}], 4)
    found = _routes.read_nexthops(scripted({_routes.NEXTHOPS: objects}), HOST, routes)
    assert [(each.id, each.gateway, each.blackhole, each.group) for each in found] == [
        (1, "192.0.2.1", False, []),
        (2, None, True, []),
        (3, None, False, [[1, 3], [2, 1]]),
    ]
    whole = _routes.parse_routes([{"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": []}], 4)
    assert _routes.read_nexthops(scripted({}), HOST, whole) == []


def test_what_the_kernel_says_of_sockets(net: t.Any) -> None:
    def listen_and_read() -> tuple[int, int, dict[int, _sock_diag.Details]]:
        with socket.socket(socket.AF_INET6) as only, socket.socket(socket.AF_INET6) as both:
            only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            only.bind(("::1", 0))
            both.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
            both.bind(("::", 0))
            only.listen(7)
            both.listen(9)
            inodes = [_inode(each) for each in (only, both)]
            return inodes[0], inodes[1], _sock_diag.read(("tcp", "udp"))

    first, second, found = _netns.call_in(net.node_pid, listen_and_read)
    assert found[first] == _sock_diag.Details(True, 7, None)
    assert found[second] == _sock_diag.Details(False, 9, "lo")


def test_the_mark_of_a_socket() -> None:
    """INET_DIAG_MARK, as the kernel tells it to who may see it."""
    message = _sock_diag.MESSAGE.pack(2, 10, 0, 0, 0, 0, 0, 20, 0, 77)
    attributes = struct.pack("=HHB3x", 5, _sock_diag.INET_DIAG_SKV6ONLY, 0)
    attributes += struct.pack("=HHI", 8, _sock_diag.INET_DIAG_MARK, 0x4D)
    assert _sock_diag._socket(message + attributes, {}) == (77, _sock_diag.Details(False, 20, None, 0x4D))


def _inode(channel: socket.socket) -> int:
    return os.fstat(channel.fileno()).st_ino


def test_devices_of_a_pod_that_is_not_read_in_full(net: t.Any) -> None:
    entry = PodEntry("pod:default/web-0", net.pod_pid, net.as_pod.inode, False, None)
    gone = PodEntry("pod:default/gone", None, None, False, "no process")
    before = threading.active_count()
    found = _pods.with_devices([entry, gone])
    assert found[0].addresses == ["10.244.1.5"] and len(found[0].macs) == 1
    assert found[1] == gone
    assert threading.active_count() == before
