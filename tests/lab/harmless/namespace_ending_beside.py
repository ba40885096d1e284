# SPDX-License-Identifier: GPL-3.0-or-later
"""Another namespace is being deleted and never gone, with a Service of the same name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Ending
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service

SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "closing"}}


class FaultClass(Made):
    """Another namespace is being deleted and never gone, with a Service of the same name."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = (Objects((SPACE,)), Objects((service("web", namespace="closing"),)), Ending("closing", "service web"))
