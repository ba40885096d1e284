# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 does not forward what its pods send, and the server listens on the loopback address."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 does not forward what its pods send, and the server listens on the loopback address."""

    truth = Truth(
        id="ip-forwarding-off",
        location={"node": "node-1"},
        second=Cause("port-listening-on-loopback", {"namespace": "default", "pod": "quiet-1"}),
        destination="pod:default/quiet-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((pod("quiet-1", command=http_server(address="127.0.0.1")),), ready=("quiet-1",)),
        Sysctl("node-1", "net/ipv4/conf/cni0/forwarding", "0", "1"),
    )
