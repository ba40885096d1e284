# SPDX-License-Identifier: GPL-3.0-or-later
"""The search list leads a name of the cluster to an upstream server that does not answer."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon


class FaultClass(Made):
    """The search list leads a name of the cluster to an upstream server that does not answer."""

    truth = Truth(
        id="dns-upstream-failing", also=("dns-search-ndots",), destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables", "nftables")
    traffic = NamesSoon("pod:default/client-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    changes = (Frozen("outside", "coredns"),)
