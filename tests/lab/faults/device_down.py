# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of the pods on node-2 is down."""

from __future__ import annotations

from podnet_lab.faults import Context, Fault, Truth

NODE = "node-2"


class FaultClass(Fault):
    """ip link set cni0 down on node-2; the route to its pods goes with it."""

    about = "cni0 on node-2 is down"
    truth = Truth(
        id="device-down", location={"node": NODE, "device": "cni0"}, destination="pod:default/client-2", protocol="icmp"
    )

    def inject(self, lab: Context) -> None:
        lab.exec_in(NODE, ["ip", "link", "set", "cni0", "down"])

    def bites(self, lab: Context) -> bool:
        return not lab.pings("client-1", lab.pod_ip("client-2"))

    def heal(self, lab: Context) -> None:
        lab.exec_in(NODE, ["ip", "link", "set", "cni0", "up"])

    def healed(self, lab: Context) -> bool:
        ready = lab.get("deployment", "web", "-n", "default")["status"].get("readyReplicas")
        dns = lab.get("deployment", "coredns", "-n", "kube-system")["status"].get("readyReplicas")
        return not self.bites(lab) and (ready, dns) == (2, 1)
