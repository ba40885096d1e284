# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS has another name than Kubernetes' own, as some distributions install it."""

from __future__ import annotations

from podnet_lab.dns_names import renamed
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The Service of cluster DNS has another name than Kubernetes' own, as some distributions install it."""

    about = "The Service of cluster DNS has another name than Kubernetes' own"
    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    modes = ("iptables",)
    changes = renamed()
