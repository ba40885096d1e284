# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe is a command that looks for a file, and nobody writes it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 1}


class FaultClass(Made):
    """A readiness probe is a command that looks for a file, and nobody writes it."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "file-1"},
        destination="file-1.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("file-1", container={"readinessProbe": PROBE}), service("file-1")), running=("file-1",)),)
