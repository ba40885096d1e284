# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what it should forward to its pods.

A firewall tool set the policy of FORWARD to DROP and took flannel's own accepts away. flanneld would put them back
every few seconds, so it is stopped by a signal first.
"""

from __future__ import annotations

from podnet_lab.faults import Context, Fault, Truth

NODE = "node-2"


class FaultClass(Fault):
    """FORWARD policy DROP on node-2, without flannel's accept rules."""

    about = "node-2 drops forwarded packets: FORWARD policy DROP, and no rule accepts them"
    truth = Truth(
        id="forward-policy-drop", location={"node": NODE}, destination="pod:default/client-2", protocol="icmp"
    )

    def inject(self, lab: Context) -> None:
        lab.signal_daemon(NODE, "flanneld", "STOP")
        lab.exec_in(NODE, ["iptables", "-F", "FLANNEL-FWD"])
        lab.exec_in(NODE, ["iptables", "-P", "FORWARD", "DROP"])

    def bites(self, lab: Context) -> bool:
        return not lab.pings("client-1", lab.pod_ip("client-2"))

    def heal(self, lab: Context) -> None:
        lab.exec_in(NODE, ["iptables", "-P", "FORWARD", "ACCEPT"])
        lab.signal_daemon(NODE, "flanneld", "CONT")

    def healed(self, lab: Context) -> bool:
        rules = lab.exec_in(NODE, ["iptables-save", "-t", "filter"]).stdout
        return "-A FLANNEL-FWD" in rules and not self.bites(lab)
