# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration of node-2 makes ports that do not send back, and a new pod does not reach itself."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PATH = "/etc/cni/net.d/10-flannel.conflist"


class FaultClass(Made):
    """The CNI configuration of node-2 makes ports that do not send back, and a new pod does not reach itself."""

    truth = Truth(
        id="hairpin-mode-off",
        location={"node": "node-2"},
        source="pod:default/self-1",
        destination="service:default/self-1",
        port=80,
    )
    modes = ("iptables",)
    born_broken = True
    changes = (
        Run(
            "node-2",
            f"""cp {PATH} /run/10-flannel.conflist
            sed -i 's/"hairpinMode": *true/"hairpinMode": false/' {PATH}""",
            f"cp /run/10-flannel.conflist {PATH}",
        ),
        Objects((pod("self-1"), service("self-1")), ready=("self-1",)),
    )
