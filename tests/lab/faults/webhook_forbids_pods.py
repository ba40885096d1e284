# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook that nobody answers has to admit each pod of a namespace: the workload behind a Service has none.

Public report: k3s-io/k3s#6815, gopaddle-io/configurator#74.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service, webhook


class FaultClass(Made):
    """A webhook that nobody answers has to admit each pod of a namespace: the workload behind a Service has none."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "guarded", "service": "late-1"},
        destination="service:guarded/late-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "guarded"}}, webhook("guarded"))),
        Objects((deployment("late-1", "guarded"), service("late-1", namespace="guarded"))),
    )
