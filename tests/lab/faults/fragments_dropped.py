# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops fragments, as an old firewall does: large datagrams for a pod never arrive."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving

BODY = """
chain early {
type filter hook prerouting priority -450; policy accept;
iifname "flannel.1" ip frag-off & 0x3fff != 0 drop
}
"""


class FaultClass(Made):
    """node-2 drops fragments, as an old firewall does: large datagrams for a pod never arrive."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/echo-2", port=9000, protocol="udp"
    )
    scene = (serving("echo-2", command=echo_server(9000), port=9000),)
    traffic = Datagrams("pod:default/client-1", "<echo-2>", 9000, "udp", size=3000)
    changes = (Nft("node-2", "ip", BODY),)
