# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program gives kube-proxy's mark to everything: all of it is masqueraded, and passes."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another program gives kube-proxy's mark to everything: all of it is masqueraded, and passes."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-1", "mangle PREROUTING -i cni0 -j MARK --set-xmark 0x4000/0x4000"),)
