# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod is deleted and its programs have ended, and a finalizer that nobody takes away holds its object."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import Held
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

HELD = pod("held-1")
HELD["metadata"]["finalizers"] = ["example.com/backup"]


class FaultClass(Made):
    """A pod is deleted and its programs have ended, and a finalizer that nobody takes away holds its object."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "held-1"},
        source="pod:default/client-2",
        destination="pod:default/held-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Held(Objects((HELD,), ready=("held-1",)), "held-1"),)
