# SPDX-License-Identifier: GPL-3.0-or-later
"""The client has no local port left for datagrams; connections get theirs."""

from __future__ import annotations

from podnet_lab.changes import Running, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving

HOLD = """
import socket, time
held = []
for port in range(40000, 40016):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", port))
    held.append(s)
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """The client has no local port left for datagrams; connections get theirs."""

    truth = Truth(
        id="ephemeral-ports-exhausted",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/heard-1",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (serving("heard-1", command=echo_server(9000), port=9000),)
    changes = (
        Sysctl("<client-1.node>", "net/ipv4/ip_local_port_range", "40000 40015", "32768 60999", pod="client-1"),
        Running("<client-1.node>", HOLD, pod="client-1"),
    )
