# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin of node-1 masquerades what new pods send, and everybody takes it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

FILE = "/etc/cni/net.d/10-flannel.conflist"
CHAINED = Run(
    "node-1",
    f"""cp {FILE} /run/10-flannel.conflist
    sed -i 's/"isDefaultGateway": true/"isDefaultGateway": true, "ipMasq": true/' {FILE}
    sleep 1""",
    f"cp /run/10-flannel.conflist {FILE}",
)


class FaultClass(Made):
    """The plugin of node-1 masquerades what new pods send, and everybody takes it."""

    truth = Truth(id="", source="pod:default/asker-7", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    scene = (CHAINED, Objects((pod("asker-7", "node-1"),), ready=("asker-7",)))
    changes = (Run("node-1", "true"),)
