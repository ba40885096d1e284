# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod gave its device another MAC address, and the plugin's check on node-1 knows the first."""

from __future__ import annotations

from podnet_lab.changes import Nft, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

BODY = """
chain prerouting {
type filter hook prerouting priority -300; policy accept;
iifname <asker-1.veth> jump cni-br-iface-asker
}
chain cni-br-iface-asker {
ether saddr <asker-1.mac> return
drop
}
"""


class FaultClass(Made):
    """A pod gave its device another MAC address, and the plugin's check on node-1 knows the first."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/asker-1",
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("asker-1", "node-1"), Nft("node-1", "bridge", BODY, "cni_nat"))
    changes = (
        in_pod(
            "asker-1",
            "true <asker-1.mac>\nip link set eth0 address 02:00:5e:00:00:77",
            "ip link set eth0 address <asker-1.mac>",
        ),
    )
