# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which size counts for a packet: the device's, the route's, or one that was learned."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _mtu
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import Query, routing
from ansible_collections.podnet.diagnostics.tests.unit.builders import link, route, rule

FAR = {4: "203.0.113.9", 6: "2001:db8::9"}
GATEWAY = {4: "192.0.2.1", 6: "fe80::1"}


def size(
    family: int = 4,
    mtu: int | None = None,
    learned: int | None = None,
    locked: bool = False,
    use: str = "0",
    **how: t.Any,
) -> _mtu.Size:
    """What a packet of 1500 bytes meets on a device of 1400. how: forwarded, and parts of the packet."""
    forwarded = how.pop("forwarded", True)
    entry = {"family": family, "dst": FAR[family], "gateway": GATEWAY[family], "dev": "eth0", "mtu": learned}
    everything = "0.0.0.0/0" if family == 4 else "::/0"
    space = node_from_snapshot(
        {
            "node": "n",
            "netns": [
                {
                    "id": "host",
                    "links": [link("eth0", 2, "ether", 1400)],
                    "routes": [route(everything, "eth0", GATEWAY[family], family=family, mtu=mtu)],
                    "rules": [rule(32766, "main", family=family)],
                    "sysctls": {"net.ipv4.ip_forward_use_pmtu": use},
                    "path_mtus": [{**entry, "locked": locked, "seconds_left": 9}] if learned else [],
                }
            ],
        }
    ).host
    packet = Packet(family, "", FAR[family], "udp", 1, 1, size=1500, **{"df": True, **how})
    (found,) = routing(space).look_up(Query(family, FAR[family]))
    return _mtu.fits(space, packet, found, space.links["eth0"], forwarded)


@pytest.mark.parametrize(
    ("how", "mtu"),
    [
        pytest.param({}, 1400, id="the device's"),
        pytest.param({"mtu": 1300}, 1300, id="the route's"),
        pytest.param({"mtu": 1450}, 1450, id="the route's, though it is larger"),
        pytest.param({"learned": 900}, 1400, id="learned, but not for what is forwarded"),
        pytest.param({"learned": 552, "locked": True}, 552, id="learned and locked"),
        pytest.param({"learned": 900, "use": "1"}, 900, id="learned, and a setting says so"),
        pytest.param({"learned": 900, "forwarded": False}, 1400, id="a probe of its own ignores it"),
        pytest.param({"family": 6, "mtu": 1300}, 1400, id="IPv6 forwards by the device's"),
        pytest.param({"family": 6, "mtu": 1300, "forwarded": False}, 1300, id="and sends by the route's"),
        pytest.param({"family": 6, "learned": 1300, "locked": True}, 1400, id="and forwards whatever was learned"),
    ],
)
def test_the_size_that_counts(how: dict[str, t.Any], mtu: int) -> None:
    found = size(**how)
    assert (found.fit, found.mtu) == (_mtu.Fit.TOO_BIG, mtu)
    assert (found.learned is not None) == (mtu in (552, 900))


def test_a_tunnel_s_packet_is_split_by_what_was_learned() -> None:
    inner = Packet(4, "10.0.0.1", "10.0.0.2", "tcp")
    found = size(learned=900, forwarded=False, df=False, inner=inner)
    assert (found.fit, found.mtu) == (_mtu.Fit.FRAGMENTED, 900)
