# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes turn out to forward packets before anything is sent: recorded runs as of then."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, still_crossed
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import to_be_read

recording = pytest.importorskip("podnet_accuracy.recording")
# Node-1 sends packets by node-3: to node-2's pods, and out of the cluster.
BY_NODE_3 = ("detour-node-drops", "egress-node-drops")


def _recorded(name: str, folder: pathlib.Path) -> Bundle:
    path = recording.path_of(name, "three")
    if not path.exists():
        pytest.skip(f"{path.name} is not recorded")
    recording.unpack(path, folder)
    return Bundle.open(folder)


def _without(plan: dict[str, t.Any], node: str) -> dict[str, t.Any]:
    """The plan as if a node were none of it."""
    work = {name: each for name, each in plan["work"].items() if name != node}
    return {**plan, "work": work, "nodes": [name for name in plan["nodes"] if name != node]}


def _before(bundle: Bundle, *nodes: str) -> Evidence:
    """The run before anything was sent, with no look taken at these nodes."""
    plan = bundle.plan()
    for node in nodes:
        plan = _without(plan, node)
    snapshots = {name: each for name, each in bundle.snapshots().items() if name not in nodes}
    return load(plan, bundle.cluster(), snapshots, [], {})


@pytest.mark.parametrize("name", BY_NODE_3)
def test_a_node_that_forwards_is_looked_at(name: str, tmp_path: pathlib.Path) -> None:
    bundle = _recorded(name, tmp_path)

    assert to_be_read(_before(bundle, "node-3")) == ["node-3"]
    assert to_be_read(_before(bundle)) == []


def _dead(bundle: Bundle, node: str) -> None:
    cluster = bundle.cluster()
    found = next(one for one in cluster["resources"]["nodes"] if one["metadata"]["name"] == node)
    for condition in found["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition.update(status="Unknown", reason="NodeStatusUnknown")
    bundle.write_json("cluster.json.gz", cluster)


@pytest.mark.parametrize(("access", "looked_at"), [("agent", []), ("ssh", ["node-3"])])
def test_no_agent_is_waited_for_on_a_dead_node(access: str, looked_at: list[str], tmp_path: pathlib.Path) -> None:
    bundle = _recorded("detour-node-drops", tmp_path)
    _dead(bundle, "node-3")
    plan = bundle.plan()
    bundle.write_json("plan.json", {**plan, "options": {**plan["options"], "access": access}})
    assert to_be_read(_before(bundle, "node-3")) == looked_at


def test_a_dead_node_that_forwards_is_what_is_known(tmp_path: pathlib.Path) -> None:
    bundle = _recorded("detour-node-drops", tmp_path)
    plan, records, captures = (
        _without(bundle.plan(), "node-3"),
        bundle.probes(),
        bundle.read_json("captures/index.json"),
    )
    snapshots = {name: each for name, each in bundle.snapshots().items() if name != "node-3"}

    verdict = analyse(load(plan, bundle.cluster(), snapshots, records, captures)).verdict
    assert verdict.result == "inconclusive" and "diagnose_also_nodes=node-3" in verdict.remediation

    _dead(bundle, "node-3")
    verdict = analyse(load(plan, bundle.cluster(), snapshots, records, captures)).verdict
    assert (verdict.root_causes, verdict.confidence) == (("node-not-ready",), "likely")
    assert verdict.location.node == "node-3"


def test_the_other_end_forwards_nothing(tmp_path: pathlib.Path) -> None:
    bundle = _recorded("one-of-three-backends-dropped", tmp_path)

    for node in ("node-2", "node-3"):
        assert to_be_read(_before(bundle, node)) == []


def test_a_bundle_tells_it_until_something_is_sent(tmp_path: pathlib.Path) -> None:
    bundle = _recorded("detour-node-drops", tmp_path)
    bundle.write_json("plan.json", _without(bundle.plan(), "node-3"))
    next(path for name, path in bundle.files().items() if name.startswith("nodes/node-3")).unlink()
    manifest = {key: value for key, value in bundle.manifest().items() if key not in ("sealed", "files")}
    bundle.write_json("manifest.json", manifest)
    sent = bundle.path("probes.jsonl").read_bytes()
    bundle.path("probes.jsonl").unlink()
    analyse_bundle(bundle)
    assert still_crossed(bundle) == ["node-3"]

    bundle.write_bytes("probes.jsonl", sent)
    analyse_bundle(bundle)
    assert still_crossed(bundle) == []
