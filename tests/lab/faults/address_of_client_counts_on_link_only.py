# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's address is of scope link: what goes beyond its gateway has no sender."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

ROUTES = "ip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0\nip route replace default via 10.244.1.1 dev eth0"
ADDRESS = "ip address del <client-1>/24 dev eth0\nip address add <client-1>/24 broadcast 10.244.1.255 dev eth0 scope"


class FaultClass(Made):
    """The client's address is of scope link: what goes beyond its gateway has no sender."""

    truth = Truth(
        id="source-address-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (in_pod("client-1", f"{ADDRESS} link\n{ROUTES}", f"{ADDRESS} global\n{ROUTES}"),)
