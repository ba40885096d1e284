# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN's script in a container has put its own server into the resolver file; the pod's object is right."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.pod_files import Overwritten
from podnet_lab.scene import serving


class FaultClass(Made):
    """A VPN's script in a container has put its own server into the resolver file; the pod's object is right."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "dialler-1"},
        source="pod:default/dialler-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (serving("dialler-1", "node-1"),)
    changes = (
        Overwritten(
            "dialler-1",
            "/etc/resolv.conf",
            "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.8.8.1\noptions ndots:5\n",
        ),
    )
