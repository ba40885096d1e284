# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewall was started anew and flushed the rules for host ports, which nobody writes again.

Public report: kubernetes/kubernetes#93091.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import host_port_pod


class FaultClass(Made):
    """A firewall was started anew and flushed the rules for host ports, which nobody writes again."""

    truth = Truth(
        id="hostport-rules-missing",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=8088,
    )
    modes = ("iptables", "nftables")
    scene = (host_port_pod(),)
    changes = (
        Run(
            "node-1",
            "sh -c 'iptables-save -t nat | grep -e \"^-A CNI-HOSTPORT-DNAT\" > /run/hostport'\n"
            "iptables -t nat -F CNI-HOSTPORT-DNAT",
            "sh -c 'while read -r rule; do eval iptables -t nat $rule; done < /run/hostport'\nrm /run/hostport",
        ),
    )
