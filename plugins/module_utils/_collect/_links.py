# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Links and addresses, from ``ip -j -d -s -s addr show``; forwarding tables, from ``bridge -j fdb show``."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    Namespace,
    Reader,
    flag_of,
    number_of,
    object_of,
    text_of,
    texts_of,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    Address,
    Bridge,
    BridgePort,
    FdbEntry,
    Json,
    Link,
    PortVlan,
    Tunnel,
    Vxlan,
)

LINKS = ("ip", "-j", "-d", "-s", "-s", "addr", "show")
FDB = ("bridge", "-j", "fdb", "show")
VLANS = ("bridge", "-j", "vlan", "show")
FOREVER = 4294967295
MAX_NAME = 100
TUNNELS = frozenset(("ipip", "sit", "gre", "gretap", "ip6tnl", "ip6gre", "ip6gretap", "vti", "vti6", "geneve"))
ADDRESS_FLAGS = ("tentative", "dadfailed", "deprecated", "optimistic", "noprefixroute", "temporary", "home")


def read_links(reader: Reader, namespace: Namespace, nsids: t.Mapping[int, int]) -> list[Link]:
    """All links of a namespace. nsids: the inode of every namespace that has an id there, by that id."""
    return parse_links(reader.records("links", LINKS, namespace), namespace.inode, nsids)


def read_fdb(reader: Reader, namespace: Namespace) -> list[FdbEntry]:
    """All entries of all forwarding tables of a namespace, without group addresses."""
    return parse_fdb(reader.records("fdb", FDB, namespace))


def read_vlans(reader: Reader, namespace: Namespace, links: t.Sequence[Link]) -> list[PortVlan]:
    """The VLANs of all ports; nothing where no bridge of the namespace filters them."""
    if not any(link.bridge is not None and link.bridge.vlan_filtering for link in links):
        return []
    return parse_vlans(reader.records("vlans", VLANS, namespace))


def parse_links(
    items: t.Sequence[Json], inode: int | None = None, nsids: t.Mapping[int, int] | None = None
) -> list[Link]:
    """Links from the objects that ip prints. inode: of the namespace they are in."""
    indexes = {str(item.get("ifname")): number_of(item, "ifindex") for item in items}
    return [_link(item, indexes, inode, nsids or {}) for item in items if text_of(item, "ifname")]


def _link(item: Json, indexes: t.Mapping[str, int | None], inode: int | None, nsids: t.Mapping[int, int]) -> Link:
    info = object_of(item, "linkinfo")
    kind = text_of(info, "info_kind") or text_of(item, "link_type") or "unknown"
    data = object_of(info, "info_data")
    flags = texts_of(item, "flags")
    up = "UP" in flags
    # The kernel names the other end by index: with a namespace id if it is elsewhere, by name if it is here.
    lower = text_of(item, "link")
    nsid = number_of(item, "link_netnsid")
    peer_index = number_of(item, "link_index") if lower is None else indexes.get(lower)
    return Link(
        name=str(item["ifname"]),
        index=number_of(item, "ifindex") or 0,
        kind=kind,
        mtu=number_of(item, "mtu") or 0,
        up=up,
        operstate=text_of(item, "operstate") or "UNKNOWN",
        carrier="LOWER_UP" in flags if up else None,
        mac=text_of(item, "address") if item.get("link_type") == "ether" else None,
        master=text_of(item, "master"),
        lower=lower,
        peer_index=peer_index,
        peer_nsid=nsid,
        peer_netns=nsids.get(nsid) if nsid is not None else (inode if lower else None),
        flags=flags,
        qdisc=text_of(item, "qdisc"),
        addresses=[_address(entry) for entry in item.get("addr_info") or [] if text_of(entry, "local")],
        vxlan=_vxlan(data) if kind == "vxlan" else None,
        tunnel=_tunnel(data) if kind in TUNNELS else None,
        bridge=_bridge(data) if kind == "bridge" else None,
        bridge_port=_bridge_port(info) if text_of(info, "info_slave_kind") == "bridge" else None,
        vlan=number_of(data, "id") if kind == "vlan" else None,
        stats=_stats(object_of(item, "stats64") or object_of(item, "stats")),
        mode=text_of(data, "mode") if kind in ("macvlan", "macvtap", "ipvlan", "bond") else None,
        parent=text_of(item, "parentbus"),
        xdp=_xdp(item),
        xdp_program=_xdp_program(item),
        vrf_table=number_of(data, "table") if kind == "vrf" else None,
    )


def _xdp(item: Json) -> str | None:
    """How an eBPF program sees the packets of a device: generic, driver or hardware; None without one."""
    modes = {1: "driver", 2: "generic", 3: "hardware", 4: "several"}
    mode = number_of(object_of(item, "xdp"), "mode")
    return modes.get(mode, "some") if mode else None


def _xdp_program(item: Json) -> str | None:
    """Name and id of the program that ip prints beside the device; of several, of the first."""
    xdp = object_of(item, "xdp")
    attached = [each for each in xdp.get("attached") or [] if isinstance(each, dict)]
    program = object_of(xdp, "prog") or next((object_of(each, "prog") for each in attached), {})
    name, number = text_of(program, "name"), number_of(program, "id")
    return f"{name or 'unnamed'} id {number}"[:MAX_NAME] if name or number is not None else None


def _address(item: Json) -> Address:
    valid = number_of(item, "valid_life_time")
    return Address(
        family=6 if item.get("family") == "inet6" else 4,
        address=str(item["local"]),
        prefix=number_of(item, "prefixlen") or 0,
        scope=text_of(item, "scope") or "global",
        dynamic=bool(item.get("dynamic")),
        secondary=bool(item.get("secondary")),
        valid_seconds=None if valid == FOREVER else valid,
        peer=text_of(item, "address"),
        flags=[name for name in ADDRESS_FLAGS if item.get(name)],
    )


def _vxlan(data: Json) -> Vxlan:
    return Vxlan(
        id=number_of(data, "id"),
        local=text_of(data, "local") or text_of(data, "local6"),
        remote=next(
            (value for value in (text_of(data, key) for key in ("remote", "remote6", "group", "group6")) if value), None
        ),
        port=number_of(data, "port"),
        dev=text_of(data, "link"),
        learning=flag_of(data, "learning"),
        external=bool(data.get("external")),
        proxy=flag_of(data, "proxy"),
        gbp=flag_of(data, "gbp"),
    )


def _tunnel(data: Json) -> Tunnel:
    return Tunnel(
        local=_specific(text_of(data, "local")),
        remote=_specific(text_of(data, "remote")),
        dev=text_of(data, "link"),
        ttl=number_of(data, "ttl"),
        pmtu_discovery=flag_of(data, "pmtudisc"),
        external=bool(data.get("external")),
        ikey=text_of(data, "ikey"),
        okey=text_of(data, "okey"),
    )


def _specific(address: str | None) -> str | None:
    return None if address in ("any", "0.0.0.0", "::") else address


def _bridge(data: Json) -> Bridge:
    return Bridge(
        stp=flag_of(data, "stp_state"),
        vlan_filtering=flag_of(data, "vlan_filtering"),
        nf_call_iptables=flag_of(data, "nf_call_iptables"),
        nf_call_ip6tables=flag_of(data, "nf_call_ip6tables"),
        ageing_seconds=_centiseconds(data, "ageing_time"),
        forward_delay_seconds=_centiseconds(data, "forward_delay"),
        group_fwd_mask=text_of(data, "group_fwd_mask"),
        default_pvid=number_of(data, "vlan_default_pvid"),
        vlan_protocol=text_of(data, "vlan_protocol"),
    )


def _centiseconds(data: Json, key: str) -> float | None:
    value = number_of(data, key)
    return None if value is None else value / 100


def _bridge_port(info: Json) -> BridgePort:
    data = object_of(info, "info_slave_data")
    return BridgePort(
        state=text_of(data, "state"),
        hairpin=flag_of(data, "hairpin"),
        isolated=flag_of(data, "isolated"),
        learning=flag_of(data, "learning"),
        flood=flag_of(data, "flood"),
        locked=flag_of(data, "locked"),
        neigh_suppress=flag_of(data, "neigh_suppress"),
        bcast_flood=flag_of(data, "bcast_flood"),
        mcast_flood=flag_of(data, "mcast_flood"),
        proxy_arp=flag_of(data, "proxy_arp"),
    )


def _stats(stats: Json) -> dict[str, int]:
    """Counters as rx_packets, tx_errors …: packets, bytes, errors and dropped always, others unless they are 0."""
    always = ("packets", "bytes", "errors", "dropped")
    return {
        name if name == "carrier_changes" else f"{direction}_{name}": value
        for direction in ("rx", "tx")
        for name, value in object_of(stats, direction).items()
        if isinstance(value, int) and (value or name in always)
    }


# -- VLANs -------------------------------------------------------------------------------------------------------
def parse_vlans(items: t.Sequence[Json]) -> list[PortVlan]:
    """VLANs from the objects that bridge prints, one for each port, or one for each port and VLAN before 5.0."""
    return [
        _vlan(text_of(item, "ifname") or "", entry)
        for item in items
        for entry in (item.get("vlans") or [item])
        if isinstance(entry, dict) and number_of(entry, "vlan") is not None
    ]


def _vlan(device: str, item: Json) -> PortVlan:
    first, flags = number_of(item, "vlan") or 0, texts_of(item, "flags")
    return PortVlan(
        dev=device,
        first=first,
        last=number_of(item, "vlanEnd") or first,
        pvid="PVID" in flags,
        untagged="Egress Untagged" in flags,
    )


# -- forwarding tables -------------------------------------------------------------------------------------------
def parse_fdb(items: t.Sequence[Json]) -> list[FdbEntry]:
    """Entries from the objects that bridge prints."""
    return [_fdb_entry(item) for item in items if text_of(item, "mac") and not _is_group(str(item["mac"]))]


def _fdb_entry(item: Json) -> FdbEntry:
    flags = texts_of(item, "flags")
    return FdbEntry(
        mac=str(item["mac"]).lower(),
        dev=text_of(item, "ifname") or "",
        dst=text_of(item, "dst"),
        state=text_of(item, "state") or "",
        vlan=number_of(item, "vlan"),
        vni=number_of(item, "vni"),
        port=number_of(item, "port"),
        via=text_of(item, "viaIf") or text_of(item, "via"),
        self_="self" in flags,
        master=text_of(item, "master"),
        flags=[flag for flag in flags if flag != "self"],
        nexthop_id=number_of(item, "nhid"),
    )


def _is_group(mac: str) -> bool:
    """Whether it is a multicast or broadcast address: the lowest bit of the first byte (IEEE 802)."""
    try:
        return bool(int(mac[:2], 16) & 1)
    except ValueError:
        return False
