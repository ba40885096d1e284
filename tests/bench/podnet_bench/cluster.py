# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one question costs in a small and in a large cluster: a real API server that is filled with objects."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import time
import typing as t
from pathlib import Path

from .diagnosis import HERE, Run, Scenario, diagnose
from .lab import BenchError, Lab

FILL = (HERE / "fill.py").read_text()
SERVICE_NETWORK = "10.96.0.0/16"
# Nodes, pods, Services.
SIZES: t.Mapping[str, tuple[int, int, int]] = {"large": (1000, 20_000, 2000), "huge": (5000, 150_000, 10_000)}
GOALS: t.Mapping[str, tuple[int, int]] = {"large": (10, 100), "huge": (12, 100)}
_DAEMONSETS = (("kube-system", "kube-proxy"), ("kube-flannel", "kube-flannel-ds"))
# As the real manifests have it, and no pod is restarted for it: no pods of them on nodes without a kubelet.
_ONLY_LINUX = (
    '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null},'
    '"template":{"spec":{"nodeSelector":{"kubernetes.io/os":"linux"}}}}}'
)
_READ = re.compile(r"Read (\d+) objects of the API and (\d+) rows .*\((\d+) requests, ([\d.]+) MB\)")
_SETTLED_SECONDS = 300
_IDLE = 0.75


@dataclasses.dataclass(frozen=True)
class Cost:
    """One row: the cluster's size, the run for its time, the one whose memory was sampled, and one with nothing but the
    way to the API, where the access allows it."""

    size: str
    run: Run
    measured: Run
    bare: Run | None
    read: tuple[str, ...]
    rules: int

    @property
    def mebibytes(self) -> float:
        """What all processes of the controller held at the same time, at most (PSS)."""
        return (self.measured.memory or {}).get("pss", 0) / 1024

    @property
    def mebibytes_in_all(self) -> float:
        """The same with what has left the family of ansible-playbook: who watches over the agents."""
        return (self.measured.memory or {}).get("with_detached", 0) / 1024

    @property
    def snapshot_seconds(self) -> float:
        """What the slower of the nodes needed for its snapshot, with the way there."""
        return max(node.seconds.get("snapshot", 0.0) for node in self.run.nodes.values())


def measure(
    lab: Lab, scenario: Scenario, access: str, sizes: t.Sequence[str], say: t.Callable[[str], None]
) -> list[Cost]:
    """The empty lab first, then each size; the lab is left as it was found but for the DaemonSets' selectors."""
    costs = [_cost(lab, scenario, access, "lab")]
    for namespace, name in _DAEMONSETS:
        lab.do("run", "--", "kubectl", "-n", namespace, "patch", "daemonset", name, "--type=merge", "-p", _ONLY_LINUX)
    for size in sizes:
        try:
            say(f"bench: filling the API server: {size}, {_size(size)}")
            lab.do("exec", "controller", "--", "python3", "-c", FILL, "fill", *map(str, SIZES[size]), SERVICE_NETWORK)
            _await_rules(lab, SIZES[size][2])
            say(f"bench: the processors are idle for {_await_idle():.0%} before the question")
            costs.append(_cost(lab, scenario, access, size))
            say(table(costs))
        finally:
            lab.do("exec", "controller", "--", "python3", "-c", FILL, "empty")
    return costs


def _cost(lab: Lab, scenario: Scenario, access: str, size: str) -> Cost:
    runs: list[Run] = []
    read: tuple[str, ...] = ()
    for memory in (False, True):
        with tempfile.TemporaryDirectory(prefix="podnet-bench-") as folder:
            runs.append(diagnose(lab, scenario, access, Path(folder), memory))
            found = _READ.search((Path(folder) / "bundle" / "events.jsonl").read_text())
            read = found.groups() if found else ("?",) * 4
    bare = None
    if access == "agent":
        with tempfile.TemporaryDirectory(prefix="podnet-bench-") as folder:
            bare = diagnose(lab, scenario, access, Path(folder), inventory=False)
        if not bare.right:
            raise BenchError(f"Cannot measure without an inventory: the verdict was {bare.verdict}")
    return Cost(size, runs[0], runs[1], bare, read, _rules(lab))


def _rules(lab: Lab) -> int:
    """Of iptables and nftables, as lines: whichever of them kube-proxy uses."""
    count = "import subprocess as s; print(s.run(['nft', 'list', 'ruleset'], stdout=s.PIPE).stdout.count(b'\\n'))"
    return int(lab.do("exec", "node-1", "--", "python3", "-c", count))


def _await_idle() -> float:
    """Until an API server that was just filled has digested it: the question is measured, not that. The share of the
    last five seconds in which the processors had nothing to do; it is not waited for longer than _SETTLED_SECONDS."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    while True:
        before = _ticks()
        time.sleep(5)
        idle, total = (now - then for now, then in zip(_ticks(), before))
        if idle >= _IDLE * total or time.monotonic() >= deadline:
            return idle / max(total, 1)


def _ticks() -> tuple[int, int]:
    """Of all processors since boot: idle and all (proc_stat(5))."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return numbers[3], sum(numbers)


def _await_rules(lab: Lab, services: int) -> None:
    """Until kube-proxy has written the rules of all Services, and for once no more."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    before = 0
    while time.monotonic() < deadline:
        now = _rules(lab)
        if now == before and now > 4 * services:
            return
        before = now
        time.sleep(5)
    raise BenchError(f"Cannot measure: kube-proxy wrote {before} rules for {services} Services in {_SETTLED_SECONDS} s")


def _size(size: str) -> str:
    return "2 nodes" if size not in SIZES else "{} nodes, {} pods, {} Services".format(*SIZES[size])


def table(costs: t.Sequence[Cost]) -> str:
    """For people."""
    head = (
        *("cluster", "report after", "without an inventory", "goal", "CPU", "controller", "goal", "with its watcher"),
        *("objects", "rows", "requests", "read", "rules", "snapshot", "bundle"),
    )
    rows = [head]
    for cost in costs:
        seconds, size = GOALS.get(cost.size, (10, 100))
        objects, index, requests, read = cost.read
        rows.append(
            (
                _size(cost.size),
                f"{cost.run.report_seconds:.1f} s",
                f"{cost.bare.report_seconds:.1f} s" if cost.bare else "-",
                f"{seconds} s",
                f"{cost.run.cpu_seconds:.1f} s",
                f"{cost.mebibytes:.0f} MiB",
                f"{size} MB",
                f"{cost.mebibytes_in_all:.0f} MiB",
                objects,
                index,
                requests,
                f"{read} MB",
                str(cost.rules),
                f"{cost.snapshot_seconds:.1f} s",
                f"{cost.run.bundle_bytes / 1e6:.1f} MB",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    names = [name for name in costs[0].run.phases if any(cost.run.phases[name] >= 0.05 for cost in costs)]
    phases = ["  ".join([name.ljust(20), *(f"{cost.run.phases[name]:6.1f} s" for cost in costs)]) for name in names]
    return "\n".join(["One question, by the size of the cluster", *lines, "", *phases])
