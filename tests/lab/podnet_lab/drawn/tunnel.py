# SPDX-License-Identifier: GPL-3.0-or-later
"""What leads packets through the tunnel between the nodes, and what node-1 has learned of the other one."""

from __future__ import annotations

import random

from ..changes import Change, Frozen, Run
from .packets import Side
from .places import bridge_port
from .ways import Way

TUNNEL = Way(
    "fdb-entry-wrong",
    (
        "fdb-entry-missing",
        "neighbour-failed",
        "route-missing",
        "route-wrong",
        "device-down",
        "address-missing",
        "tunnel-mac-mismatch",
        "duplicate-address",
        "mtu-mismatch",
    ),
)


def tunnel(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """An entry of flannel.1 that is another or gone, while nobody writes it anew; elsewhere a port of the bridge."""
    if "flannel.1" not in one.place.devices:
        return bridge_port(dice, one)
    here = one.place.node
    number = int(here[-1])
    other, net = f"node-{3 - number}", f"10.244.{3 - number}.0"
    mac, address = f"<{other}.vtep>", f"192.0.2.{13 - number}"
    fdb = f"bridge fdb replace {mac} dev flannel.1 dst {address} self permanent"
    entry = f"ip neigh replace {net} lladdr {mac} dev flannel.1 nud permanent"
    path = f"ip route replace {net}/24 via {net} dev flannel.1 onlink"
    do, back = dice.choice(
        (
            (f"bridge fdb del {mac} dev flannel.1 dst {address} self", fdb),
            (f"bridge fdb replace {mac} dev flannel.1 dst 192.0.2.66 self permanent", fdb),
            (f"bridge fdb append {mac} dev flannel.1 dst 192.0.2.66 self permanent", fdb),
            (f"bridge fdb replace {mac} dev flannel.1 dst {address} port 4789 self permanent", fdb),
            (f"bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst {address} self permanent", ""),
            (f"ip neigh del {net} dev flannel.1", entry),
            (f"ip neigh replace {net} lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent", entry),
            (f"ip neigh replace {net} lladdr {mac} dev flannel.1 nud stale", entry),
            (f"ip route del {net}/24", path),
            (f"ip route replace {net}/24 via 10.244.{3 - number}.7 dev flannel.1 onlink", path),
            (f"ip route replace {net}/24 dev flannel.1", path),
            (f"ip route add {net}/25 via {address} dev eth0", f"ip route del {net}/25"),
            ("ip link set dev flannel.1 type vxlan nolearning", ""),
            ("ip link set dev flannel.1 mtu 300", "ip link set dev flannel.1 mtu 1450"),
        )
    )
    return TUNNEL, (Frozen(here, "flanneld", replaced=True), Run(here, do, back))
