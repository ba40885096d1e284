# SPDX-License-Identifier: GPL-3.0-or-later
"""A hardened node routes nothing from its loopback, so the NodePort does not answer on 127.0.0.1.

Public report: k0sproject/k0s#5760.
"""

from __future__ import annotations

from podnet_lab.changes import Frozen, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A hardened node routes nothing from its loopback, so the NodePort does not answer on 127.0.0.1."""

    truth = Truth(
        id="localhost-nodeport-off",
        location={"node": "node-1"},
        source="node:node-1",
        destination="127.0.0.1",
        port=30080,
    )
    changes = (
        Frozen("node-1", "kube-proxy"),  # it sets it again at each sync
        Sysctl("node-1", "net/ipv4/conf/all/route_localnet", "0", "1"),
        # portmap sets it on the bridge for the first host port.
        Sysctl("node-1", "net/ipv4/conf/cni0/route_localnet", "0", "0"),
    )
