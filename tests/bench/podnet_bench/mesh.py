# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bounded mesh simulated with its own arithmetic: load, coverage, in-degree, and the time until a dead node is
named.

Nothing is sent. The partners come from the function that the agents use. A dead node is named when two nodes that work
have seen it fail, which is what the verdict asks for; each sees that one timeout after its probe.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import random
import statistics
import sys
import types
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SIZES = (1000, 5000)
PARTNERS = 10
INTERVAL = 60.0
TIMEOUT = 5.0
# To a node and to its target pod, by ICMP and by HTTP.
PROBES_PER_PAIR = 4
_DEATHS = 2000
# Witnesses that the verdict asks for.
_WITNESSES = 2
# In how many epochs the partners of all nodes are counted one by one, and how far clocks are apart in seconds.
_COUNTED_EPOCHS = 2
_SKEW = 2.0


@dataclasses.dataclass(frozen=True)
class Simulation:
    """One size of cluster. Seconds; in-degree: by how many others a node is probed in an epoch (least, most)."""

    nodes: int
    partners: int
    interval: float
    probes_per_second: float
    probes_per_second_and_node: float
    in_degree: tuple[int, int]
    random_in_degree: tuple[int, int]
    coverage_promised: float
    coverage_seen: float
    first_failure: tuple[float, float, float]
    named: tuple[float, float, float]
    cilium_interval: float
    cilium_probes_per_second: float


def simulate(sizes: t.Sequence[int] = SIZES, partners: int = PARTNERS, interval: float = INTERVAL) -> list[Simulation]:
    """Every size, always with the same result."""
    mesh = _mesh()
    return [_simulate(mesh, size, partners, interval) for size in sizes]


def table(found: t.Sequence[Simulation]) -> str:
    """The numbers for people."""
    rows: list[list[str]] = [["", *(f"{each.nodes} nodes" for each in found)]]

    def add(name: str, value: t.Callable[[Simulation], str]) -> None:
        rows.append([name, *(value(each) for each in found)])

    add("probes per second, all nodes", lambda each: f"{each.probes_per_second:.0f}")
    add("probes per second, one node", lambda each: f"{each.probes_per_second_and_node:.2f}")
    add(
        "cilium's default: probes per second, interval",
        lambda each: f"{each.cilium_probes_per_second:.0f}, {each.cilium_interval:.0f} s",
    )
    add("in-degree in an epoch, least to most", lambda each: f"{each.in_degree[0]} to {each.in_degree[1]}")
    add(
        "the same with partners drawn by chance",
        lambda each: f"{each.random_in_degree[0]} to {each.random_in_degree[1]}",
    )
    add(
        "all pairs probed within",
        lambda each: f"{each.coverage_seen / 60:.0f} min (promised {each.coverage_promised / 60:.0f} min)",
    )
    add("a node dies, first failure seen", lambda each: _spread(each.first_failure))
    add("a node dies, it is named", lambda each: _spread(each.named))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head = (
        f"Mesh, simulated: {found[0].partners} partners, new ones each {found[0].interval:g} s, timeout {TIMEOUT:g} s "
        f"(times: median / 99 % / longest of {_DEATHS} deaths)"
    )
    return (
        head
        + "\n"
        + "\n".join("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
    )


def _spread(seconds: tuple[float, float, float]) -> str:
    return " / ".join(f"{each:.0f}" for each in seconds) + " s"


def _simulate(mesh: types.ModuleType, size: int, partners: int, interval: float) -> Simulation:
    names = [f"node-{number}.example.com" for number in range(size)]
    rng = random.Random(size)
    first, named = _deaths(mesh, size, partners, interval, rng)
    addresses = 2 * size
    cilium = (10 + 100 * 0.5) * math.log(1 + addresses)
    return Simulation(
        nodes=size,
        partners=partners,
        interval=interval,
        probes_per_second=size * partners * PROBES_PER_PAIR / interval,
        probes_per_second_and_node=partners * PROBES_PER_PAIR / interval,
        in_degree=_in_degree(mesh, names, partners),
        random_in_degree=_random_in_degree(size, partners, rng),
        coverage_promised=mesh.coverage_seconds(size, partners, interval),
        coverage_seen=_coverage(mesh, size, partners) * interval,
        first_failure=first,
        named=named,
        cilium_interval=cilium,
        cilium_probes_per_second=2 * size * addresses / cilium,
    )


def _in_degree(mesh: types.ModuleType, names: t.Sequence[str], partners: int) -> tuple[int, int]:
    """Counted one by one, from what each node's own agent would probe."""
    counts: list[int] = []
    for epoch in range(_COUNTED_EPOCHS):
        count = dict.fromkeys(names, 0)
        for name in names:
            for other in mesh.partners(names, name, epoch, partners, 0):
                count[other] += 1
        counts += count.values()
    return min(counts), max(counts)


def _random_in_degree(size: int, partners: int, rng: random.Random) -> tuple[int, int]:
    count = [0] * size
    for number in range(size):
        for other in rng.sample(range(size - 1), partners):
            count[other + (other >= number)] += 1
    return min(count), max(count)


def _coverage(mesh: types.ModuleType, size: int, partners: int) -> int:
    """The epochs until every offset was there, from the worst epoch to begin with."""
    worst = 0
    for start in (0, 1, 12_345, 29_394_720):
        seen: set[int] = set()
        epoch = start
        while len(seen) < size - 1:
            seen.update(mesh.offsets(size, epoch, partners))
            epoch += 1
        worst = max(worst, epoch - start)
    return worst


def _deaths(
    mesh: types.ModuleType, size: int, partners: int, interval: float, rng: random.Random
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """From a node's death to the first failure, and to that of the last witness that is needed; clocks differ a little.

    An agent spreads its probes over the epoch: its own node first, then partner after partner, the node before its pod.
    """
    places = 2 + 2 * partners
    firsts, named = [], []
    for _death in range(_DEATHS):
        start = rng.randrange(1_000_000)
        moment = rng.random() * interval
        seen: list[float] = []
        for epoch in range(3):
            # Who stands that many places before the dead node probes it as partner number so-and-so.
            for number, _offset in enumerate(mesh.offsets(size, start + epoch, partners)):
                at = (epoch + (3 + 2 * number + rng.random()) / places) * interval + rng.uniform(-_SKEW, _SKEW)
                if at >= moment:
                    seen.append(at + TIMEOUT - moment)
        seen.sort()
        firsts.append(seen[0])
        named.append(seen[_WITNESSES - 1])
    return _summary(firsts), _summary(named)


def _summary(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), statistics.quantiles(values, n=100)[98], max(values)


def _mesh() -> types.ModuleType:
    """The agents' own arithmetic; it needs nothing but the standard library."""
    path = ROOT / "plugins" / "module_utils" / "_agent" / "_mesh.py"
    spec = importlib.util.spec_from_file_location("podnet_mesh", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
