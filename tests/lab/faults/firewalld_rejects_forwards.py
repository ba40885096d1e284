# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 runs firewalld with its tables for nft: what its zone forwards is rejected in the end."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

# What firewalld 1.x writes, without the chains of other hooks; its log level and helpers are left out.
FIREWALLD = """
chain filter_INPUT {
type filter hook input priority filter + 10; policy accept;
ct state { established, related } accept
ct status dnat accept
iifname "lo" accept
accept
}
chain filter_FORWARD {
type filter hook forward priority filter + 10; policy accept;
ct state { established, related } accept
ct status dnat accept
iifname "lo" accept
ct state invalid drop
jump filter_FORWARD_POLICIES
reject with icmpx admin-prohibited
}
chain filter_FORWARD_POLICIES {
iifname "cni0" oifname "eth0" jump filter_FWD_public
iifname "flannel.1" oifname "cni0" jump filter_FWD_public
iifname "flannel.1" reject with icmpx admin-prohibited
}
chain filter_FWD_public {
jump filter_FWD_public_pre
jump filter_FWD_public_allow
meta l4proto { icmp, icmpv6 } accept
}
chain filter_FWD_public_pre {
}
chain filter_FWD_public_allow {
oifname "eth0" accept
}
"""


class FaultClass(Made):
    """node-2 runs firewalld with its tables for nft: what its zone forwards is rejected in the end."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Nft("node-2", "inet", FIREWALLD, "firewalld"),)
