# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One node's own view with the field names of cilium-health, and its text in cilium-health's modern format.

A status that is empty is a success, one that is absent is unknown; absent fields are left out as `omitempty` does.
Columns are aligned as Go's text/tabwriter does: a cell ends with a tab; what follows a line's last tab belongs to no
column. A column is a run of consecutive lines that have such a cell; it is as wide as its widest cell, plus the padding
(https://pkg.go.dev/text/tabwriter).
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import format_go_duration
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    OK,
    Address,
    Matrix,
    Probe,
    Report,
    Sighting,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._read._mesh_report import rfc3339, seconds
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line

_REACHABLE, _UNREACHABLE, _UNKNOWN = "reachable", "unreachable", "unknown"
_MOST_LINES = 10


def view(matrix: Matrix, node: str) -> JsonObject | None:
    """What the agent on a node says of all nodes; None if it did not answer. Nodes that are set aside are left out."""
    answer = matrix.answers.get(node)
    if answer is None or answer.report is None:
        return None
    report: Report = answer.report
    shown = [name for name in matrix.nodes if name == node or not matrix.nodes[name].aside]
    return {
        "local": {"name": node},
        "timestamp": rfc3339(seconds(report.time)),
        "probeInterval": format_go_duration(report.interval),
        "nodes": [_node(name, matrix.seen.get((node, name)), matrix) for name in shown],
    }


def _node(name: str, sighting: Sighting | None, matrix: Matrix) -> JsonObject:
    found: JsonObject = {"name": name}
    known = sighting or _empty(matrix, name)
    if known.host:
        found["host"] = _addresses(known.host)
    if known.endpoint:
        found["health-endpoint"] = _addresses(known.endpoint)
        found["endpoint"] = _path(known.endpoint[0])
    return found


def _empty(matrix: Matrix, name: str) -> Sighting:
    node = matrix.nodes[name]
    return Sighting(tuple(map(Address, node.addresses)), tuple(map(Address, node.target.ips)) if node.target else ())


def _addresses(found: t.Sequence[Address]) -> JsonObject:
    value: JsonObject = {"primary-address": _path(found[0])}
    if len(found) > 1:
        value["secondary-addresses"] = [_path(address) for address in found[1:]]
    return value


def _path(address: Address) -> JsonObject:
    value: JsonObject = {"ip": address.ip}
    for protocol, probe in address.probes():
        if probe.state in (OK, FAILED):
            value[protocol] = connectivity(probe)
    return value


def connectivity(probe: Probe) -> JsonObject:
    """A result with the field names of cilium-health."""
    value: JsonObject = {}
    if probe.latency:
        value["latency"] = probe.latency
    if probe.sent:
        # cilium-health has no such field; a reader that does not know it leaves it out.
        value.update(sent=probe.sent, lost=probe.lost)
    if probe.state == FAILED:
        value["status"] = probe.status or probe.reason
    if probe.at is not None:
        value["lastProbed"] = rfc3339(probe.at)
    return value


# -- text ----------------------------------------------------------------------------------------------------------
def render(found: JsonObject, succinct: bool = False, verbose: bool = False) -> list[str]:
    """The lines of `cilium-health status`, with --succinct (only what is unhealthy) or --verbose."""
    nodes = sorted(found["nodes"], key=lambda node: (node["name"] != found["local"]["name"], node["name"]))
    healthy = sum(1 for node in nodes if _is_healthy(node))
    lines = [header(healthy, len(nodes), found["timestamp"], found["probeInterval"]), HEADS]
    printed = 0
    for node in nodes:
        if succinct and not verbose and printed == _MOST_LINES:
            break
        if verbose:
            lines += _tree(node, node["name"] == found["local"]["name"])
        elif not succinct or not _is_healthy(node):
            lines.append(_row(node, node["name"] == found["local"]["name"]))
        else:
            continue
        printed += 1
    if len(nodes) - printed - healthy > 0:
        lines.append("  ...")
    return align(lines)


HEADS = "Name\tIP\tNode\tEndpoints"


def header(healthy: int, all_nodes: int, timestamp: str, interval: str, unknown: int = 0) -> str:
    """The first line, with its tabs."""
    aside = f" ({unknown} unknown)" if unknown else ""
    return (
        f"Cluster health:\t{healthy}/{all_nodes} reachable{aside}\t({one_line(timestamp)})\t(Probe interval:"
        f" {interval})"
    )


def fraction(reachable: int, known: int, unknown: int) -> str:
    """n/m, and how many of the m are unknown."""
    return f"{reachable}/{known}" + (f" ({unknown} unknown)" if unknown else "")


def _row(node: JsonObject, is_local: bool) -> str:
    ips = [path["ip"] for path in _paths(node, "host")]
    name = one_line(node["name"]) + (" (localhost)" if is_local else "")
    host, endpoint = _summary(_paths(node, "host")), _summary(_paths(node, "health-endpoint"))
    return f"  {name}\t{','.join(ips) or 'Unavailable'}\t{host}\t{endpoint}"


def _summary(paths: t.Sequence[JsonObject]) -> str:
    states = [_state(path) for path in paths]
    return fraction(states.count(_REACHABLE), len(states), states.count(_UNKNOWN))


def _tree(node: JsonObject, is_local: bool) -> t.Iterator[str]:
    yield f"  {one_line(node['name'])}{' (localhost)' if is_local else ''}:"
    for key, name in (("host", "Host"), ("health-endpoint", "Endpoint")):
        paths = _paths(node, key)
        if not paths:
            yield f"    {name} connectivity:\tnil"
        for number, path in enumerate(paths):
            yield f"    {'Secondary ' if number else ''}{name} connectivity to {path['ip']}:"
            for protocol, label in LABELS:
                if protocol in path:
                    yield (
                        f"      {label}:\t{shown(path[protocol])}\t(Last probed:"
                        f" {path[protocol].get('lastProbed', '')})"
                    )


LABELS = (("icmp", "ICMP to stack"), ("http", "HTTP to agent"))


def shown(result: JsonObject) -> str:
    """A result in words."""
    status = result.get("status")
    return one_line(status) if status else f"OK, RTT={format_go_duration(result.get('latency', 0) / 1e9)}"


def _paths(node: JsonObject, key: str) -> list[JsonObject]:
    addresses = node.get(key) or {}
    primary = addresses.get("primary-address")
    return [*([primary] if primary else []), *(addresses.get("secondary-addresses") or [])]


def _state(path: JsonObject) -> str:
    results = [path.get(protocol) for protocol, _label in LABELS]
    if any(result and result.get("status") for result in results):
        return _UNREACHABLE
    return _UNKNOWN if None in results else _REACHABLE


def _is_healthy(node: JsonObject) -> bool:
    """No path is unreachable; what is unknown does not count against a node here."""
    return all(_state(path) != _UNREACHABLE for key in ("host", "health-endpoint") for path in _paths(node, key))


PADDING = 3
_NARROWEST = 2


def align(lines: t.Sequence[str], padding: int = PADDING) -> list[str]:
    """The lines with their tabs replaced by spaces."""
    cells = [line.split("\t") for line in lines]
    return ["".join(parts) for parts in _aligned(cells, 0, padding)]


def _aligned(rows: t.Sequence[list[str]], column: int, padding: int) -> list[list[str]]:
    """Pad one column of consecutive rows, then the next one within each run of rows that have it."""
    done: list[list[str]] = []
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and len(rows[end]) > column + 1:
            end += 1
        if end == start:
            done.append(rows[start])
            start += 1
            continue
        width = max(_NARROWEST, max(len(row[column]) for row in rows[start:end]) + padding)
        padded = [[*row[:column], row[column].ljust(width), *row[column + 1 :]] for row in rows[start:end]]
        done += _aligned(padded, column + 1, padding)
        start = end
    return done
