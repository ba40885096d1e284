# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld's own nft table on both nodes, with the pods' networks in its trusted zone."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain mangle_PREROUTING {
    type filter hook prerouting priority -140; policy accept;
    jump mangle_PREROUTING_ZONES
}
chain mangle_PREROUTING_ZONES {
    ip saddr 10.244.0.0/16 goto mangle_PRE_trusted
    iifname "eth0" goto mangle_PRE_public
    goto mangle_PRE_public
}
chain mangle_PRE_trusted { }
chain mangle_PRE_public { }
chain nat_PREROUTING { type nat hook prerouting priority -90; policy accept; }
chain nat_POSTROUTING { type nat hook postrouting priority 110; policy accept; }
chain filter_PREROUTING {
    type filter hook prerouting priority 10; policy accept;
    icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
    meta nfproto ipv6 fib saddr . mark . iif oif missing drop
}
chain filter_INPUT {
    type filter hook input priority 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    jump filter_INPUT_ZONES
    ct state { invalid } drop
    reject with icmpx type admin-prohibited
}
chain filter_FORWARD {
    type filter hook forward priority 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ip6 daddr { ::/96, ::ffff:0.0.0.0/96 } reject with icmpv6 type addr-unreachable
    jump filter_FORWARD_IN_ZONES
    ct state { invalid } drop
    reject with icmpx type admin-prohibited
}
chain filter_OUTPUT {
    type filter hook output priority 10; policy accept;
    ct state { established, related } accept
    oifname "lo" accept
}
chain filter_INPUT_ZONES {
    ip saddr 10.244.0.0/16 goto filter_IN_trusted
    iifname "cni0" goto filter_IN_trusted
    iifname "eth0" goto filter_IN_public
    goto filter_IN_public
}
chain filter_FORWARD_IN_ZONES {
    ip saddr 10.244.0.0/16 goto filter_FWD_trusted
    iifname "eth0" goto filter_FWD_public
    goto filter_FWD_public
}
chain filter_IN_trusted {
    accept
}
chain filter_FWD_trusted {
    accept
}
chain filter_IN_public {
    jump filter_IN_public_deny
    jump filter_IN_public_allow
    meta l4proto { icmp, ipv6-icmp } accept
}
chain filter_IN_public_deny {
    ip saddr 203.0.113.66 drop
}
chain filter_IN_public_allow {
    tcp dport 22 ct state { new, untracked } accept
    tcp dport 10250 ct state { new, untracked } accept
    udp dport 8472 ct state { new, untracked } accept
    tcp dport 30000-32767 ct state { new, untracked } accept
}
chain filter_FWD_public {
    ct mark 0x77 drop
}
"""


class FaultClass(Made):
    """firewalld's own nft table on both nodes, with the pods' networks in its trusted zone."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = tuple(Nft(node, "inet", BODY, name="firewalld") for node in ("node-1", "node-2"))
