# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two pods of a Service has ended, and a finalizer holds its object."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import Held
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

HELD = pod("stays-2", "node-1", labels={"app": "stays"})
HELD["metadata"]["finalizers"] = ["example.com/backup"]


class FaultClass(Made):
    """One of two pods of a Service has ended, and a finalizer holds its object."""

    truth = Truth(id="", destination="service:default/stays", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("stays-1", labels={"app": "stays"}), service("stays")), ready=("stays-1",)),)
    changes = (Held(Objects((HELD,), ready=("stays-2",)), "stays-2"),)
    attempts = 10
