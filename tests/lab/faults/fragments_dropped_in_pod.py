# SPDX-License-Identifier: GPL-3.0-or-later
"""The server pod's own firewall drops fragments."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving

BODY = """
chain early {
type filter hook prerouting priority -450; policy accept;
ip frag-off & 0x3fff != 0 drop
}
"""


class FaultClass(Made):
    """The server pod's own firewall drops fragments."""

    truth = Truth(
        id="netfilter-drop",
        location={"namespace": "default", "pod": "echo-5"},
        destination="pod:default/echo-5",
        port=9000,
        protocol="udp",
    )
    scene = (serving("echo-5", command=echo_server(9000), port=9000),)
    traffic = Datagrams("pod:default/client-1", "<echo-5>", 9000, "udp", size=3000)
    changes = (Nft("<echo-5.node>", "ip", BODY, pod="echo-5"),)
