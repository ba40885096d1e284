# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS listens on another port, and the Service behind the name leads to a wrong one."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause

TARGET = {"op": "replace", "path": "/spec/ports/0/targetPort"}


class FaultClass(Made):
    """Cluster DNS listens on another port, and the Service behind the name leads to a wrong one."""

    truth = Truth(
        id="port-not-listening",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        second=Cause("service-target-port-mismatch", {"namespace": "default", "service": "web"}),
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (
        Corefile(".:53 {", ".:1053 {"),
        Patched("service web", [TARGET | {"value": 9999}], [TARGET | {"value": "http"}], kind="json"),
    )
