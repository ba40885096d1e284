# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""On which devices of a node to capture, and which packets, from what the node said of itself."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._filter import MAX_ADDRESSES, FlowFilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._devices import NodeDevices

HOST = "host"
# As many as one capture of a node may have.
MOST_POINTS = 64


@dataclasses.dataclass(frozen=True)
class Points:
    """devices: name, netns and filter of each. problems: what was asked for and is not there."""

    devices: tuple[JsonObject, ...]
    vxlan_ports: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()


def choose(snapshot: JsonObject, node: JsonObject, names: t.Sequence[str], way: bool, text: str) -> Points:
    """The devices of one node.

    node: its part of the plan. names: devices that somebody named, empty for the usual ones: of a pod all its own, of a
    node its tunnels and its NIC. way: also those that the pods' packets pass on the node. text: of the user's filter.
    """
    spaces = {entry["id"]: entry for entry in snapshot.get("netns") or []}
    devices = NodeDevices(snapshot, node)
    problems: list[str] = []
    found: list[JsonObject] = []
    for place in node["pod_namespaces"]:
        links = [str(link["name"]) for link in (spaces.get(place) or {}).get("links") or []]
        wanted = [name for name in names if name in links] if names else [name for name in links if name != "lo"]
        if place not in spaces:
            problems.append(f"Cannot find {place} on the node: {_reason(snapshot, place)}")
        found += [{"name": name, "netns": place, "filter": text} for name in wanted]
    in_pods = {entry["name"] for entry in found}
    on_node = list(names) if node["whole"] else [name for name in names if name not in in_pods]
    if node["whole"] and not names:
        on_node = list(NodeDevices(snapshot, {**node, "pod_namespaces": []}).capture_points())
    missing = [name for name in on_node if not devices.has(name)]
    problems += [f"there is no device {name}" for name in missing]
    on_node = [name for name in on_node if name not in missing]
    passed = list(devices.capture_points()) if way and node["pod_namespaces"] else []
    host = list(dict.fromkeys((*on_node, *passed)))
    ports = tuple(devices.vxlan_ports())
    # The node's own devices have everybody's packets: where they are there for the pods alone, theirs are wanted.
    only = [address for entry in node["addresses"].values() for address in entry]
    if len(only) > MAX_ADDRESSES:
        problems.append(f"{len(only)} addresses are too many for a filter: all packets are captured")
        only = []
    whole = on_node if node["whole"] else []
    theirs = _filter(text, only, ports)
    found += [{"name": name, "netns": HOST, "filter": text if name in whole else theirs} for name in host]
    if len(found) > MOST_POINTS:
        problems.append(f"only the first {MOST_POINTS} of {len(found)} devices are captured on")
    return Points(tuple(found[:MOST_POINTS]), ports, tuple(problems))


def place_of(device: str, netns: str) -> str:
    """A device in words."""
    return device if netns == "host" else f"{device} of {netns}"


def _filter(text: str, addresses: t.Sequence[str], ports: t.Sequence[int]) -> str:
    """The user's filter, and of devices that others use only packets with these addresses, in a tunnel as outside.

    What the user's filter says of a packet, it cannot say of one in a tunnel: those are all kept.
    """
    if not addresses:
        return text
    whose = FlowFilter(tuple(map(ipaddress.ip_address, addresses)), any_protocol=True, vxlan_ports=tuple(ports))
    if not text:
        return whose.text()
    plain = dataclasses.replace(whose, vxlan_ports=()).text()
    tunnelled = whose.tunnelled_text()
    return f"(({text}) and {plain})" + (f" or {tunnelled}" if tunnelled else "")


def _reason(snapshot: JsonObject, place: str) -> str:
    for entry in snapshot.get("pods") or []:
        if f"pod:{entry.get('namespace')}/{entry.get('name')}" == place and entry.get("error"):
            return str(entry["error"])
    return "none of its processes was found"
