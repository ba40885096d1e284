# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod is told to ask a cache of DNS on its node, which was never installed there.

Public report: kubernetes/kubernetes#111888.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.node_cache import ASKING


class FaultClass(Made):
    """A pod is told to ask a cache of DNS on its node, which was never installed there."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "asking-1"},
        source="pod:default/asking-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((ASKING,), ready=("asking-1",)),)
