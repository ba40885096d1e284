# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has no route to the pods of node-2.

flanneld looks after the route and puts a deleted one back, so it is stopped by a
signal first. It is not continued when the fault is healed but replaced: the
DaemonSet's fresh pod writes the route again.
"""

from __future__ import annotations

from podnet_lab.config import node_pod_cidr
from podnet_lab.faults import Context, Fault, Truth

NODE, OTHER = "node-1", "node-2"


class FaultClass(Fault):
    """Stop flanneld on node-1 and delete its route to node-2's pod CIDR."""

    about = "node-1 has no route to the pods of node-2"
    truth = Truth(id="route-missing", location={"node": NODE}, destination="pod:default/client-2", protocol="icmp")

    def inject(self, lab: Context) -> None:
        lab.signal_daemon(NODE, "flanneld", "STOP")
        lab.exec_in(NODE, ["ip", "route", "del", node_pod_cidr(OTHER)], check=False)

    def bites(self, lab: Context) -> bool:
        return not lab.pings("client-1", lab.pod_ip("client-2"))

    def heal(self, lab: Context) -> None:
        lab.restart_flannel(NODE, node_pod_cidr(OTHER))
