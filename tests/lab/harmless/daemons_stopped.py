# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 and flanneld of node-2 do nothing, and there is nothing to do."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy of node-1 and flanneld of node-2 do nothing, and there is nothing to do."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (Frozen("node-1", "kube-proxy"), Frozen("node-2", "flanneld", replaced=True))
