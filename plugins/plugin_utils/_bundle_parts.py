# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The parts of a bundle that the analysis may rely on: each read within bounds, checked against its sum and its shape.

A part that is not what it was counts no more; the others do. Each is named with what is wrong with it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _bundle_shape as shapes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import MANIFEST, Bundle, BundleError

NO_CAPTURES: JsonObject = {"schema": "podnet.diagnostics/captures/v1", "captures": [], "flows": []}
_MOST_SAID = 20


@dataclasses.dataclass(frozen=True)
class Parts:
    """What was read. problems: one sentence for each part that is damaged. doubtful: even what was planned is not what
    it was, so that nothing can be proven."""

    plan: JsonObject
    cluster: JsonObject
    snapshots: dict[str, JsonObject]
    probes: list[JsonObject]
    captures: JsonObject
    events: list[JsonObject]
    counters: dict[str, JsonObject]
    counters_again: dict[str, JsonObject]
    endpoints: JsonObject | None
    problems: tuple[str, ...]
    doubtful: bool


def read_parts(bundle: Bundle) -> Parts:
    """Everything that can be relied on. Raises BundleError where there is no plan to make sense of it."""
    return _Reader(bundle).parts()


def read_shown(bundle: Bundle) -> JsonObject:
    """Of that what a report shows beside the findings: plan, probes, captures and events. The rest is larger by far."""
    return _Reader(bundle).shown()


class _Reader:
    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._problems: list[str] = []
        problems = shapes.wrong(bundle.manifest(), shapes.MANIFEST)
        if problems:
            raise BundleError(f"Cannot read {bundle.path(MANIFEST)}: {'; '.join(problems)}")
        self._damaged = bundle.damaged()

    def parts(self) -> Parts:
        plan = self._plan()
        doubtful = "plan.json" in self._damaged
        return Parts(
            plan=plan,
            cluster=self._cluster(),
            snapshots=self._snapshots(),
            probes=self._records("probes.jsonl", shapes.PROBE),
            captures=self._captures(),
            events=self._records("events.jsonl", shapes.EVENT),
            counters=self._counters(),
            counters_again=self._counters(again=True),
            endpoints=self._endpoints(),
            problems=self._said(),
            doubtful=doubtful,
        )

    def shown(self) -> JsonObject:
        return {
            "plan": self._plan(),
            "probes": self._records("probes.jsonl", shapes.PROBE),
            "captures": self._captures(),
            "events": self._records("events.jsonl", shapes.EVENT),
        }

    def _plan(self) -> JsonObject:
        """Without a plan nothing else makes sense: one that was altered is used, and proves nothing."""
        plan = self._bundle.plan()
        problems = shapes.wrong(plan, shapes.PLAN)
        if problems:
            raise BundleError(f"Cannot read {self._bundle.path('plan.json')}: {'; '.join(problems)}")
        if "plan.json" in self._damaged:
            self._problems.append(f"plan.json {self._damaged['plan.json']}, so that nothing is proven")
        return plan

    def _cluster(self) -> JsonObject:
        name = "cluster.json.gz"
        found = self._read(name, shapes.CLUSTER)
        if found is None:
            text = self._problems[-1]
            return {"resources": {}, "errors": [{"resource": "*", "kind": "invalid", "text": text}]}
        resources = {}
        for resource, items in found["resources"].items():
            shape = shapes.cluster_object(resource)
            resources[resource] = [
                item for index, item in enumerate(items) if self._fits(name, f"{resource}[{index}]", item, shape)
            ]
        return {**found, "resources": resources}

    def _snapshots(self) -> dict[str, JsonObject]:
        found = {}
        for node in self._bundle.snapshot_names():
            snapshot = self._read(f"nodes/{node}.json.gz", shapes.SNAPSHOT)
            if snapshot is not None:
                found[node] = snapshot
        self._missing("nodes/")
        return found

    def _counters(self, again: bool = False) -> dict[str, JsonObject]:
        found = {}
        folder = "counters/again/" if again else "counters/"
        for node in self._bundle.counter_names(again):
            counters = self._read(f"{folder}{node}.json", shapes.COUNTERS)
            if counters is not None:
                found[node] = counters
        if not again:
            self._missing(folder)
        return found

    def _endpoints(self) -> JsonObject | None:
        """The endpoints at the end of the run; slices that are none are left out."""
        name = self._bundle.ENDPOINTS
        if not self._bundle.path(name).exists() and name not in self._damaged:
            return None
        found = self._read(name, shapes.ENDPOINTS)
        if found is None:
            return None
        shape = shapes.cluster_object("endpointslices")
        slices = enumerate(found["endpointslices"])
        kept = [item for index, item in slices if self._fits(name, f"endpointslices[{index}]", item, shape)]
        return {**found, "endpointslices": kept}

    def _captures(self) -> JsonObject:
        """What was seen and missed is told by all captures of a run together: one that is not what it was leaves
        none."""
        pcaps = [name for name in self._damaged if name.startswith("captures/") and name.endswith(".pcapng")]
        self._problems += [f"{name} {self._damaged[name]}: no capture counts as proof" for name in pcaps]
        name = "captures/index.json"
        if not self._bundle.path(name).exists() and name not in self._damaged:
            return NO_CAPTURES
        index = self._read(name, shapes.CAPTURES)
        return NO_CAPTURES if index is None or pcaps else index

    def _records(self, name: str, shape: shapes.Shape) -> list[JsonObject]:
        if name in self._damaged:
            self._problems.append(f"{name} {self._damaged[name]}: it does not count")
            return []
        try:
            records = self._bundle.read_jsonl(name, self._problems)
        except BundleError as exc:
            self._problems.append(str(exc))
            return []
        return [record for index, record in enumerate(records, 1) if self._fits(name, f"record {index}", record, shape)]

    # -- helpers ---------------------------------------------------------------------------------------------
    def _read(self, name: str, shape: shapes.Shape) -> JsonObject | None:
        """A part as a whole; None where it does not count, which is said then."""
        if name in self._damaged:
            self._problems.append(f"{name} {self._damaged[name]}: it does not count")
            return None
        try:
            found = self._bundle.read_json(name)
        except BundleError as exc:
            self._problems.append(str(exc))
            return None
        return t.cast(JsonObject, found) if self._fits(name, "", found, shape) else None

    def _fits(self, name: str, place: str, value: t.Any, shape: shapes.Shape) -> bool:
        problems = shapes.wrong(value, shape, place)
        if problems:
            self._problems.append(f"{name} has wrong values, and does not count with them: {'; '.join(problems)}")
        return not problems

    def _missing(self, folder: str) -> None:
        gone = [name for name, how in self._damaged.items() if name.startswith(folder) and how == "is missing"]
        self._problems += [f"{name} is missing" for name in gone]

    def _said(self) -> tuple[str, ...]:
        most = self._problems[:_MOST_SAID]
        more = len(self._problems) - len(most)
        return tuple([*most, f"and {more} more"] if more else most)
