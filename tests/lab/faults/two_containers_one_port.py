# SPDX-License-Identifier: GPL-3.0-or-later
"""Two containers of a pod want the same port: the second one ends again and again, and the pod is not ready."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

BOTH = pod("twin-1")
BOTH["spec"]["containers"].append({**BOTH["spec"]["containers"][0], "name": "second", "ports": []})


class FaultClass(Made):
    """Two containers of a pod want the same port: the second one ends again and again, and the pod is not ready."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "twin-1"},
        destination="service:default/twin-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    stay_seconds = 0
    changes = (Objects((BOTH, service("twin-1"))), Event("twin-1", "BackOff"))
