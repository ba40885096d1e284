# SPDX-License-Identifier: GPL-3.0-or-later
"""The search list leads a name of the cluster to a zone whose server is gone."""

from __future__ import annotations

from podnet_lab.dns_responder import forwarded
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon


class FaultClass(Made):
    """The search list leads a name of the cluster to a zone whose server is gone."""

    truth = Truth(
        id="dns-upstream-failing",
        also=("dns-search-ndots",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    changes_pods = True
    traffic = NamesSoon("pod:default/client-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    changes = (forwarded("lab.example", "203.0.113.99"),)
