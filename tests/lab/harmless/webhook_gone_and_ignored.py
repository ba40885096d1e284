# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook that nobody answers may fail, and the pods of its namespace are made all the same."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Available
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service, webhook


class FaultClass(Made):
    """A webhook that nobody answers may fail, and the pods of its namespace are made all the same."""

    truth = Truth(id="", destination="service:guarded/late-1", port=80)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "guarded"}}, webhook("guarded", "Ignore"))
        ),
        Objects((deployment("late-1", "guarded"), service("late-1", namespace="guarded"))),
        Available("late-1", "guarded"),
    )
