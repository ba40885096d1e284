# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has written more than its volume may hold, and the kubelet has ended it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

WRITES = "import time; open('/scratch/log', 'wb').write(bytes(8 << 20)); time.sleep(10**9)"
SCRATCH = {"volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}}]}
MOUNT = {"volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}]}


class FaultClass(Made):
    """A pod has written more than its volume may hold, and the kubelet has ended it."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "full-1"},
        destination="service:default/full-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("full-1", command=["python3", "-c", WRITES], container=MOUNT, **SCRATCH), service("full-1"))),
        Phase("full-1", "Failed"),
    )
