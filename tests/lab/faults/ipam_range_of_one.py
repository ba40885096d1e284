# SPDX-License-Identifier: GPL-3.0-or-later
"""A CNI configuration of node-2 gives a range of one address, which a pod has, in a network of many."""

from __future__ import annotations

import json

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PATH = "/etc/cni/net.d/10-flannel.conflist"
RANGE = {"subnet": "10.244.2.0/24", "rangeStart": "<web-2>", "rangeEnd": "<web-2>"}
BRIDGE = {
    "type": "bridge",
    "bridge": "cni0",
    "mtu": 1450,
    "isDefaultGateway": True,
    "hairpinMode": True,
    "ipam": {"type": "host-local", "ranges": [[RANGE]], "routes": [{"dst": "10.244.0.0/16"}]},
}
NETWORK = {"name": "cbr0", "cniVersion": "0.3.1", "plugins": [BRIDGE]}


class FaultClass(Made):
    """A CNI configuration of node-2 gives a range of one address, which a pod has, in a network of many."""

    truth = Truth(id="pod-cidr-exhausted", location={"node": "node-2"}, destination="pod:default/late-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Run(
            "node-2",
            f"""cp {PATH} /run/10-flannel.conflist
            python3 -c "import sys; open('{PATH}', 'w').write(sys.argv[1])" '{json.dumps(NETWORK)}'""",
            f"cp /run/10-flannel.conflist {PATH}",
        ),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
