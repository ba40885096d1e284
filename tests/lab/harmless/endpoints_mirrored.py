# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has Endpoints by hand, of which the cluster makes a slice."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service

ENDPOINTS = {
    "apiVersion": "v1",
    "kind": "Endpoints",
    "metadata": {"name": "mirror-2", "namespace": "default"},
    "subsets": [{"addresses": [{"ip": "<web-2>"}], "ports": [{"name": "main", "port": 8080}]}],
}


class FaultClass(Made):
    """A Service has Endpoints by hand, of which the cluster makes a slice."""

    truth = Truth(id="", destination="service:default/mirror-2", port=80)
    modes = ("iptables", "nftables")
    changes = ()
    scene = (Objects((service("mirror-2", app=None), ENDPOINTS)),)
