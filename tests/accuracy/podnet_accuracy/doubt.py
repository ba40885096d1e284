# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take something away from a recorded bundle, to see what is still said of it, and how sure."""

from __future__ import annotations

import gzip
import json
import shutil
import typing as t
from pathlib import Path

Json = dict[str, t.Any]


def without_captures(bundle: Path) -> None:
    """As if diagnose_capture had been never: no captures, no kernel trace, nothing sent meanwhile."""
    shutil.rmtree(bundle / "captures")
    _keep_probes(bundle, lambda record: record["phase"] != "capture")


def without_counters(bundle: Path) -> None:
    """As if no node had told its counters a second time."""
    shutil.rmtree(bundle / "counters", ignore_errors=True)


def captures_that_lost(bundle: Path) -> None:
    """As if every capture, and every trace of a kernel, had lost packets."""
    path = bundle / "captures" / "index.json"
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
    snapshot: Json = json.loads(gzip.decompress(path.read_bytes()))
    gone = 0
    for namespace in snapshot["netns"]:
        for rules in namespace["netfilter"]["iptables"]:
            lines = rules["text"].splitlines(keepends=True)
            kept = [line for line in lines if rule not in line]
            gone += len(lines) - len(kept)
            rules["text"] = "".join(kept)
    path.write_bytes(gzip.compress(json.dumps(snapshot).encode(), 1))
    counters = bundle / "counters" / f"{node}.json"
    if counters.exists():
        told: Json = json.loads(counters.read_text())
        for space in told["netns"].values():
            space["rules"] = [one for one in space["rules"] if rule not in one["text"]]
        counters.write_text(json.dumps(told))
    return gone


def _keep_probes(bundle: Path, keep: t.Callable[[Json], bool]) -> None:
    path = bundle / "probes.jsonl"
    lines = [line for line in path.read_text().splitlines() if line and keep(json.loads(line))]
    path.write_text("".join(f"{line}\n" for line in lines))
