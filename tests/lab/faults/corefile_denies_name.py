# SPDX-License-Identifier: GPL-3.0-or-later
"""A template in cluster DNS' configuration denies a Service's name."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A template in cluster DNS' configuration denies a Service's name."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (
        Corefile("errors", "errors\n    template IN ANY web.default.svc.cluster.local {\n       rcode NXDOMAIN\n    }"),
    )
