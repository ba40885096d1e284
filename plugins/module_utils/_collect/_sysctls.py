# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Kernel settings of a namespace, from /proc/sys.

/proc/sys/net shows the settings of the namespace of the *thread* that opens a file, whoever's /proc it is, so each
namespace is read from a thread that has entered it.
"""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import Problem

ROOT = "/proc/sys"
GENERAL = (
    "net/ipv4/ip_forward",
    "net/ipv4/ip_forward_use_pmtu",
    "net/ipv4/ip_no_pmtu_disc",
    "net/ipv4/ipfrag_high_thresh",
    "net/ipv4/ip_nonlocal_bind",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/ip_local_reserved_ports",
    "net/ipv4/ip_unprivileged_port_start",
    "net/ipv4/fib_multipath_hash_policy",
    "net/ipv4/ping_group_range",
    "net/ipv4/icmp_echo_ignore_all",
    "net/ipv4/icmp_echo_ignore_broadcasts",
    "net/ipv4/icmp_ratelimit",
    "net/ipv4/icmp_ratemask",
    "net/ipv4/route/min_pmtu",
    "net/ipv4/route/mtu_expires",
    "net/ipv4/tcp_mtu_probing",
    "net/ipv4/tcp_min_snd_mss",
    "net/ipv4/tcp_tw_reuse",
    "net/ipv4/tcp_fin_timeout",
    "net/ipv4/tcp_syncookies",
    "net/ipv4/tcp_max_syn_backlog",
    "net/ipv4/tcp_timestamps",
    "net/ipv4/tcp_ecn",
    "net/ipv4/tcp_abort_on_overflow",
    "net/ipv4/tcp_max_tw_buckets",
    "net/ipv4/tcp_l3mdev_accept",
    "net/ipv4/udp_l3mdev_accept",
    "net/ipv4/fwmark_reflect",
    "net/ipv4/tcp_fwmark_accept",
    "net/ipv4/ip_default_ttl",
    "net/ipv4/nexthop_compat_mode",
    "net/ipv4/icmp_errors_use_inbound_ifaddr",
    "net/ipv6/bindv6only",
    "net/ipv6/icmp/echo_ignore_all",
    "net/ipv6/fib_multipath_hash_policy",
    "net/ipv6/fwmark_reflect",
    "net/ipv4/neigh/default/gc_thresh1",
    "net/ipv4/neigh/default/gc_thresh2",
    "net/ipv4/neigh/default/gc_thresh3",
    "net/ipv6/neigh/default/gc_thresh1",
    "net/ipv6/neigh/default/gc_thresh2",
    "net/ipv6/neigh/default/gc_thresh3",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/bridge/bridge-nf-call-arptables",
    "net/bridge/bridge-nf-filter-vlan-tagged",
    "net/core/somaxconn",
    "net/core/netdev_max_backlog",
    "net/core/rmem_max",
    "net/core/wmem_max",
    "net/netfilter/nf_conntrack_max",
    "net/netfilter/nf_conntrack_count",
    "net/netfilter/nf_conntrack_buckets",
    "net/netfilter/nf_conntrack_tcp_be_liberal",
    "net/netfilter/nf_conntrack_tcp_loose",
    "net/netfilter/nf_conntrack_tcp_timeout_established",
    "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
    "net/netfilter/nf_conntrack_udp_timeout",
    "net/netfilter/nf_conntrack_udp_timeout_stream",
)
PER_DEVICE = {
    "net/ipv4/conf": (
        "forwarding",
        "rp_filter",
        "accept_local",
        "src_valid_mark",
        "route_localnet",
        "proxy_arp",
        "arp_ignore",
        "arp_announce",
        "arp_filter",
        "ignore_routes_with_linkdown",
        "disable_policy",
        "disable_xfrm",
    ),
    "net/ipv6/conf": ("forwarding", "disable_ipv6", "ignore_routes_with_linkdown", "proxy_ndp"),
}
MAX_VALUE = 4096


def read_sysctls(reader: Reader, namespace: Namespace) -> tuple[dict[str, str], list[Problem]]:
    """The settings of a namespace by dotted name; a device's name stands in it as it is (…conf.eth0.100.rp_filter).

    A setting that this kernel or namespace does not have is not there (no net.bridge.*: br_netfilter is not loaded).
    """
    try:
        values, refused = _netns.call_in(namespace.pid, read_all, namespace.inode)
    except (_netns.NetnsError, OSError) as exc:
        raise reader.fail("sysctls", namespace, str(exc)) from exc
    if not refused:
        return values, []
    more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
    return values, [reader.fail("sysctls", namespace, f"{refused[0]}{more}").problem]


def read_all(root: str = ROOT) -> tuple[dict[str, str], list[str]]:
    """The settings of the calling thread's namespace, and one line for each that exists and was refused."""
    values: dict[str, str] = {}
    refused: list[str] = []
    for path in _paths(root):
        try:
            values[path.replace("/", ".")] = _value(f"{root}/{path}")
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ENOTDIR):
                refused.append(f"{path.replace('/', '.')}: {exc.strerror or exc}")
    return values, refused


def _paths(root: str) -> t.Iterator[str]:
    yield from GENERAL
    for folder, names in PER_DEVICE.items():
        try:
            devices = sorted(os.listdir(f"{root}/{folder}"))
        except OSError:
            continue
        for device in devices:
            for name in names:
                yield f"{folder}/{device}/{name}"


def _value(path: str) -> str:
    """A setting on one line; tabs between numbers become spaces."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, MAX_VALUE)
    finally:
        os.close(descriptor)
    return " ".join(data.decode("utf-8", "replace").split())
