# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's address is of scope link: what it answers by UDP leaves without a sender, and TCP works."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving

ROUTES = "ip route replace 10.244.0.0/16 via 10.244.2.1 dev eth0\nip route replace default via 10.244.2.1 dev eth0"
ADDRESS = "ip address del <echo-1>/24 dev eth0\nip address add <echo-1>/24 broadcast 10.244.2.255 dev eth0 scope"


class FaultClass(Made):
    """A server's address is of scope link: what it answers by UDP leaves without a sender, and TCP works."""

    truth = Truth(
        id="source-address-wrong",
        location={"node": "node-2", "namespace": "default", "pod": "echo-1"},
        destination="pod:default/echo-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables", "iptables")
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (in_pod("echo-1", f"{ADDRESS} link\n{ROUTES}", f"{ADDRESS} global\n{ROUTES}"),)
