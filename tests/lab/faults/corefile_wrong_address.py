# SPDX-License-Identifier: GPL-3.0-or-later
"""A hosts block in cluster DNS' configuration gives a Service's name a wrong address."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A hosts block in cluster DNS' configuration gives a Service's name a wrong address."""

    truth = Truth(
        id="dns-answer-wrong",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (
        Corefile(
            "errors", "errors\n    hosts {\n       192.0.2.99 web.default.svc.cluster.local\n       fallthrough\n    }"
        ),
    )
