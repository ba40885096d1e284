# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration of node-1 has lost the plugin that makes host ports."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import host_port_pod

PATH = "/etc/cni/net.d/10-flannel.conflist"
CUT = (
    "import json, sys; p = sys.argv[1]; c = json.load(open(p)); "
    'c["plugins"] = [x for x in c["plugins"] if x["type"] != "portmap"]; json.dump(c, open(p, "w"))'
)


class FaultClass(Made):
    """The CNI configuration of node-1 has lost the plugin that makes host ports."""

    truth = Truth(
        id="hostport-rules-missing",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=8088,
    )
    born_broken = True
    changes = (
        Run("node-1", f"cp {PATH} /root/cni.saved\npython3 -c '{CUT}' {PATH}", f"cp /root/cni.saved {PATH}"),
        host_port_pod(),
    )
