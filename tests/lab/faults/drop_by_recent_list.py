# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops from addresses of a list that was filled by hand."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops from addresses of a list that was filled by hand."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -m recent --name office --rcheck --rsource -j DROP"),
        Run("node-2", "sh -c 'echo +<client-1> > /proc/net/xt_recent/office'"),
    )
