# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take something away from a recorded bundle, to see what is still said of it, and how sure."""

from __future__ import annotations

import functools
import gzip
import json
import shutil
import typing as t
from pathlib import Path

Json = dict[str, t.Any]


def without_captures(bundle: Path) -> None:
    """As if diagnose_capture had been never: no captures, no kernel trace, nothing sent meanwhile."""
    shutil.rmtree(bundle / "captures", ignore_errors=True)
    _keep_probes(bundle, lambda record: record["phase"] != "capture")


def without_counters(bundle: Path) -> None:
    """As if no node had told its counters a second time."""
    shutil.rmtree(bundle / "counters", ignore_errors=True)


def captures_that_lost(bundle: Path) -> None:
    """As if every capture, and every trace of a kernel, had lost packets."""
    path = bundle / "captures" / "index.json"
    if not path.exists():
        return
    index = json.loads(path.read_text())
    for capture in index["captures"]:
        capture.update(dropped_by_kernel=7, lossless=False, weakness="the capture lost 7 packets")
    for flow in index["flows"]:
        flow["lossless"] = False
    for told in ((index.get("kernel") or {}).get("nodes") or {}).values():
        told["lost"] = 7
    path.write_text(json.dumps(index))


def without_rule(bundle: Path, node: str, rule: str) -> int:
    """As if a node's snapshot did not know an iptables rule, nor its counter: how many lines are gone."""
    path = bundle / "nodes" / f"{node}.json.gz"
    snapshot = _read(path)
    gone = 0
    for namespace in snapshot["netns"]:
        for rules in namespace["netfilter"]["iptables"]:
            lines = rules["text"].splitlines(keepends=True)
            kept = [line for line in lines if rule not in line]
            gone += len(lines) - len(kept)
            rules["text"] = "".join(kept)
    _write(path, snapshot)
    counters = bundle / "counters" / f"{node}.json"
    if counters.exists():
        told: Json = json.loads(counters.read_text())
        for space in told["netns"].values():
            space["rules"] = [one for one in space["rules"] if rule not in one["text"]]
        counters.write_text(json.dumps(told))
    return gone


# What a snapshot reads of each namespace (its other parts go with one of these), and of the node.
PARTS = (
    "links",
    "routes",
    "rules",
    "neighbours",
    "fdb",
    "netfilter",
    "sysctls",
    "sockets",
    "counters",
    "tc_filters",
    "xfrm",
    "connections",
    "path_mtus",
    "resolv_conf",
    "vlans",
    "nexthops",
)
_EMPTY: Json = {"netfilter": None, "sysctls": {}, "counters": {}, "resolv_conf": None}


def _snapshots(bundle: Path) -> t.Iterator[tuple[Path, Json]]:
    for path in sorted((bundle / "nodes").glob("*.json.gz")):
        yield path, _read(path)


def _read(path: Path) -> Json:
    document: Json = json.loads(gzip.decompress(path.read_bytes()))
    return document


def _write(path: Path, document: Json) -> None:
    path.write_bytes(gzip.compress(json.dumps(document).encode(), 1))


def without_part(bundle: Path, part: str) -> None:
    """As if no node could read one part of its namespaces."""
    for path, snapshot in _snapshots(bundle):
        for namespace in snapshot["netns"]:
            namespace[part] = _EMPTY.get(part, [])
            if part == "sockets":
                namespace["socket_counts"] = {}
            if part == "links":
                namespace["vlans"] = []
            namespace["errors"].append({"what": part, "text": f"Cannot read {part} of node {snapshot['node']}: EPERM"})
        _write(path, snapshot)


def without_pod_namespaces(bundle: Path) -> None:
    """As if no pod's namespace could be entered."""
    for path, snapshot in _snapshots(bundle):
        snapshot["netns"] = [namespace for namespace in snapshot["netns"] if namespace["id"] == "host"]
        for pod in snapshot["pods"]:
            pod["error"] = "its namespace cannot be entered"
            text = f"Cannot read {pod['id']} on node {snapshot['node']}: its namespace cannot be entered"
            snapshot["errors"].append({"what": "pods", "text": text})
        _write(path, snapshot)


def without_cni_config(bundle: Path) -> None:
    """As if no node could read what its CNI is told."""
    for path, snapshot in _snapshots(bundle):
        snapshot["cni_config"] = None
        text = f"Cannot read /etc/cni/net.d of node {snapshot['node']}: EPERM"
        snapshot["errors"].append({"what": "cni_config", "text": text})
        _write(path, snapshot)


def without_node(bundle: Path, which: int) -> None:
    """As if the first, second, … node had not answered when it was asked for its snapshot."""
    for path in sorted((bundle / "nodes").glob("node-*.json.gz"))[which : which + 1]:
        path.unlink()
        (bundle / "counters" / path.name.removesuffix(".gz")).unlink(missing_ok=True)


def without_resource(bundle: Path, resource: str) -> None:
    """As if the API server had refused to list one resource."""
    path = bundle / "cluster.json.gz"
    cluster = _read(path)
    cluster["resources"][resource] = []
    text = f"Cannot list {resource}: the API server refused it (403 Forbidden)"
    cluster["errors"].append({"resource": resource, "kind": "forbidden", "text": text})
    _write(path, cluster)


RESOURCES = (
    "configmaps",
    "daemonsets",
    "deployments",
    "endpointslices",
    "events",
    "jobs",
    "namespaces",
    "networkpolicies",
    "nodes",
    "pods",
    "priorityclasses",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
)
TAKEN: dict[str, t.Callable[[Path], None]] = {
    "captures": without_captures,
    "counters": without_counters,
    "lossless-captures": captures_that_lost,
    "pod-namespaces": without_pod_namespaces,
    "cni-config": without_cni_config,
    "first-node": functools.partial(without_node, which=0),
    "second-node": functools.partial(without_node, which=1),
    **{f"part-{part}": functools.partial(without_part, part=part) for part in PARTS},
    **{f"list-of-{resource}": functools.partial(without_resource, resource=resource) for resource in RESOURCES},
}


def _keep_probes(bundle: Path, keep: t.Callable[[Json], bool]) -> None:
    path = bundle / "probes.jsonl"
    lines = [line for line in path.read_text().splitlines() if line and keep(json.loads(line))]
    path.write_text("".join(f"{line}\n" for line in lines))
