# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace drops what belongs to one of its sockets, as it was meant for a proxy's."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The server's namespace drops what belongs to one of its sockets, as it was meant for a proxy's."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "owned-1"},
        destination="pod:default/owned-1",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("owned-1"),)
    changes = (pod_rule("owned-1", "mangle PREROUTING -p tcp -m socket --nowildcard -j DROP"),)
