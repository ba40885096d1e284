# SPDX-License-Identifier: GPL-3.0-or-later
"""A template in cluster DNS' configuration makes a Service's name an alias of one that is not."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BLOCK = """    errors
    template IN A web.default.svc.cluster.local {
       answer "{{ .Name }} 60 IN CNAME web.production.svc.cluster.local."
    }
"""


class FaultClass(Made):
    """A template in cluster DNS' configuration makes a Service's name an alias of one that is not."""

    truth = Truth(
        id="dns-name-missing",
        also=("dns-answer-wrong",),  # the answer is an alias, which leads to nothing
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    changes_pods = True
    changes = (Corefile("    errors\n", BLOCK),)
