# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Counters that tell of trouble: protocol counters of a namespace, NIC counters, connection tracking, load, memory."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _tools
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    HOST,
    Namespace,
    Reader,
    ReadError,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    Conntrack,
    Link,
    Memory,
    NeighbourTable,
)

# As nstat names them; the rest of these files is about throughput.
PROTOCOL_COUNTERS = frozenset(
    (
        "IpInHdrErrors",
        "IpInAddrErrors",
        "IpForwDatagrams",
        "IpInDiscards",
        "IpOutDiscards",
        "IpOutNoRoutes",
        "IpReasmFails",
        "IpFragFails",
        "IpFragOKs",
        "IpExtInNoRoutes",
        "IcmpInDestUnreachs",
        "IcmpOutDestUnreachs",
        "IcmpInTimeExcds",
        "TcpActiveOpens",
        "TcpPassiveOpens",
        "TcpAttemptFails",
        "TcpEstabResets",
        "TcpRetransSegs",
        "TcpOutRsts",
        "TcpInErrs",
        "UdpNoPorts",
        "UdpInErrors",
        "UdpRcvbufErrors",
        "UdpSndbufErrors",
        "TcpExtListenOverflows",
        "TcpExtListenDrops",
        "TcpExtTCPTimeouts",
        "TcpExtTCPSynRetrans",
        "TcpExtTCPAbortOnTimeout",
        "TcpExtIPReversePathFilter",
        "TcpExtArpFilter",
        "TcpExtTCPReqQFullDrop",
        "TcpExtTCPBacklogDrop",
        "TcpExtTCPMTUPFail",
        "TcpExtTCPMTUPSuccess",
        "TcpExtPruneCalled",
        "TcpExtSyncookiesSent",
    )
)
_ERROR_LIKE = re.compile(
    r"err|drop|discard|miss|crc|fifo|overrun|no_?buf|nobuf|timeout|fail|bad|abort|collision|jabber|oversize|undersize"
)
_ETHTOOL_LINE = re.compile(r"\s*(\S.*?):\s*(\d+)\s*$")
MAX_COUNTERS = 200


# -- protocols ---------------------------------------------------------------------------------------------------
def read_counters(reader: Reader, namespace: Namespace) -> dict[str, int]:
    """The protocol counters of a namespace that are not 0, since it was made."""
    counters: dict[str, int] = {}
    for name in ("snmp", "netstat"):
        try:
            with open(f"{namespace.proc}/net/{name}", encoding="ascii", errors="replace") as stream:
                counters.update(parse_counters(stream.read()))
        except OSError as exc:
            raise reader.fail("counters", namespace, f"{name}: {exc.strerror or exc}") from exc
    return counters


def parse_counters(text: str) -> dict[str, int]:
    """Pairs of lines: names, then values, each after "Group:"."""
    counters: dict[str, int] = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group, _colon, rest = names.partition(":")
        for name, value in zip(rest.split(), values.partition(":")[2].split()):
            if group + name in PROTOCOL_COUNTERS and value.lstrip("-").isdigit() and int(value):
                counters[group + name] = int(value)
    return counters


# -- network cards -----------------------------------------------------------------------------------------------
def read_nic_counters(reader: Reader, links: t.Sequence[Link], sys: str = "/sys") -> dict[str, dict[str, int]]:
    """Error counters that are not 0, by device: the kernel's, and the driver's own as ethtool_NAME.

    Devices of pods (ports of a bridge, and veth pairs whose other end is a pod) are left to their links' stats.
    """
    counters: dict[str, dict[str, int]] = {}
    for link in links:
        physical = os.path.exists(f"{sys}/class/net/{link.name}/device")
        if not physical and (link.master or link.kind == "loopback" or not _has_global_address(link)):
            continue
        found = {name: value for name, value in link.stats.items() if value and _ERROR_LIKE.search(name)}
        if physical and _tools.which("ethtool"):
            found.update(_ethtool(reader, link.name))
        if found:
            counters[link.name] = found
    return counters


def _has_global_address(link: Link) -> bool:
    return any(address.scope == "global" for address in link.addresses)


def _ethtool(reader: Reader, device: str) -> dict[str, int]:
    """The driver's counters; a driver without any makes ethtool fail, which is no error here."""
    try:
        return parse_ethtool(reader.text("nic_counters", ["ethtool", "-S", device], HOST))
    except ReadError:
        return {}


def parse_ethtool(text: str) -> dict[str, int]:
    """Error-like counters of ethtool -S that are not 0."""
    counters: dict[str, int] = {}
    for match in filter(None, map(_ETHTOOL_LINE.match, text.splitlines())):
        name, value = match.group(1), int(match.group(2))
        if value and _ERROR_LIKE.search(name.lower()) and len(counters) < MAX_COUNTERS:
            counters[f"ethtool_{name}"] = value
    return counters


# -- the node ----------------------------------------------------------------------------------------------------
def read_conntrack(sysctls: t.Mapping[str, str], proc: str = "/proc") -> Conntrack | None:
    """Use of the connection tracking table of the node's namespace; None when there is none."""
    count, most = (_number(sysctls, f"net.netfilter.nf_conntrack_{name}") for name in ("count", "max"))
    if count is None or most is None:
        return None
    lost = _conntrack_losses(proc)
    return Conntrack(count, most, lost.get("drop"), lost.get("early_drop"), lost.get("insert_failed"))


def _conntrack_losses(proc: str) -> dict[str, int]:
    """Sums of the columns of /proc/net/stat/nf_conntrack, one line for each processor, in hexadecimal."""
    try:
        with open(f"{proc}/net/stat/nf_conntrack", encoding="ascii", errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return {}
    names = lines[0].split() if lines else []
    rows = [[int(value, 16) for value in line.split()] for line in lines[1:]]
    return {name: sum(row[column] for row in rows if column < len(row)) for column, name in enumerate(names)}


def neighbour_table(own: int, sysctls: t.Mapping[str, str], proc: str = "/proc") -> NeighbourTable:
    """Use of the IPv4 neighbour table. own: the entries of the node's namespace, for where the total is not shown."""
    limit = _number(sysctls, "net.ipv4.neigh.default.gc_thresh3")
    try:
        with open(f"{proc}/net/stat/arp_cache", encoding="ascii", errors="replace") as stream:
            total = int(stream.read().splitlines()[1].split()[0], 16)
    except (OSError, ValueError, IndexError):
        total = own
    return NeighbourTable(total, limit)


def read_memory(proc: str = "/proc") -> Memory | None:
    """From /proc/meminfo."""
    values: dict[str, int] = {}
    try:
        with open(f"{proc}/meminfo", encoding="ascii", errors="replace") as stream:
            for line in stream:
                name, _colon, rest = line.partition(":")
                if name in ("MemTotal", "MemAvailable"):
                    values[name] = int(rest.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return Memory(values["MemTotal"], values["MemAvailable"]) if len(values) == 2 else None


def _number(values: t.Mapping[str, str], name: str) -> int | None:
    value = values.get(name, "")
    return int(value) if value.isdigit() else None
