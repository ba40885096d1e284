# SPDX-License-Identifier: GPL-3.0-or-later
"""Many settings of nodes and pods are far from the kernel's own, and all of them are right."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made

NODE = (
    ("net/ipv4/conf/all/log_martians", "1", "0"),
    ("net/ipv4/conf/all/accept_redirects", "0", "1"),
    ("net/ipv4/conf/all/send_redirects", "0", "1"),
    ("net/ipv4/conf/all/secure_redirects", "0", "1"),
    ("net/ipv4/icmp_ratemask", "6169", "6168"),
    ("net/ipv4/tcp_mtu_probing", "2", "0"),
    ("net/ipv4/tcp_syncookies", "2", "1"),
    ("net/ipv4/tcp_ecn", "1", "2"),
    ("net/ipv4/ip_early_demux", "0", "1"),
    ("net/ipv4/fib_multipath_hash_policy", "1", "0"),
    ("net/netfilter/nf_conntrack_tcp_be_liberal", "1", "0"),
    ("net/netfilter/nf_conntrack_tcp_loose", "0", "1"),
    ("net/netfilter/nf_conntrack_checksum", "0", "1"),
    ("net/netfilter/nf_conntrack_udp_timeout", "10", "30"),
    ("net/netfilter/nf_conntrack_tcp_timeout_established", "3600", "432000"),
)
POD = (
    ("net/core/somaxconn", "65535", "4096"),
    ("net/ipv4/tcp_max_syn_backlog", "65535", "2048"),
    ("net/ipv4/tcp_fin_timeout", "5", "60"),
    ("net/ipv4/tcp_retries2", "5", "15"),
    ("net/ipv4/tcp_syncookies", "2", "1"),
    ("net/ipv4/ip_unprivileged_port_start", "0", "1024"),
    ("net/ipv4/conf/all/rp_filter", "1", "0"),
)


class FaultClass(Made):
    """Many settings of nodes and pods are far from the kernel's own, and all of them are right."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")

    changes = (
        *(Sysctl(node, *one) for node in ("node-1", "node-2") for one in NODE),
        *(Sysctl("<web-2.node>", *one, pod="web-2") for one in POD),
    )
