# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence folder: what is written is what is read, by its owner alone, and never half."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import pathlib
import stat

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError


@pytest.fixture(name="bundle")
def _bundle(tmp_path: pathlib.Path) -> Bundle:
    return Bundle.create(tmp_path / "new" / "bundle", {"run_id": "3f9a1c02"})


def test_files_are_their_owners_alone(bundle: Bundle) -> None:
    bundle.write_snapshot("node-1", {"node": "node-1"})
    bundle.append_jsonl("probes.jsonl", [{"node": "node-1"}])
    files = [path for path in bundle.root.rglob("*") if path.is_file()]
    assert {str(path.relative_to(bundle.root)) for path in files} >= {"manifest.json", "probes.jsonl"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(bundle.root.stat().st_mode) == 0o700


def test_what_is_written_is_read(bundle: Bundle) -> None:
    bundle.write_snapshot("node-1", {"text": "naïve \udcff bytes"})
    bundle.write_json("plan.json", {"nodes": ["node-1"]})
    assert Bundle.open(bundle.root).plan() == {"nodes": ["node-1"]}
    assert list(bundle.snapshots()) == ["node-1"]


def test_another_bundle_is_not_overwritten(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="already holds a bundle"):
        Bundle.create(bundle.root, {})


def test_an_unknown_schema_is_refused(bundle: Bundle) -> None:
    bundle.write_json("manifest.json", {"schema": "podnet.diagnostics/bundle/v9"})
    with pytest.raises(BundleError, match="v9"):
        Bundle.open(bundle.root)


@pytest.mark.parametrize("name", ["../outside.json", "/etc/passwd", "nodes/../../x"])
def test_names_that_lead_outside_are_refused(bundle: Bundle, name: str) -> None:
    with pytest.raises(BundleError, match="outside the bundle"):
        bundle.write_json(name, {})


def test_a_full_disk_is_one_sentence_and_keeps_what_was_there(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle.write_json("plan.json", {"nodes": []})

    def full(_self: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "replace", full)
    with pytest.raises(BundleError, match=r"Cannot write .*plan\.json: No space left on device"):
        bundle.write_json("plan.json", {"nodes": ["node-1"]})
    assert bundle.plan() == {"nodes": []}
    assert not list(bundle.root.glob(".*partial"))


def _append(root: str, node: str) -> None:
    Bundle.open(root).add_probes(node, "probe", [{"id": str(i)} for i in range(200)], [{"pad": "x" * 500}] * 200)


def test_nodes_that_append_at_once_do_not_mix(bundle: Bundle) -> None:
    workers = [
        multiprocessing.get_context("fork").Process(target=_append, args=(str(bundle.root), f"node-{n}"))
        for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    records = bundle.probes()
    assert len(records) == 800
    for node in range(4):
        ids = [record["request"]["id"] for record in records if record["node"] == f"node-{node}"]
        assert ids == [str(i) for i in range(200)]


def test_a_line_cut_short_by_a_crash_is_left_out(bundle: Bundle) -> None:
    bundle.add_event("node-1", "probe", "done")
    with open(bundle.root / "events.jsonl", "ab") as stream:
        stream.write(b'{"node": "no')
    assert [event["node"] for event in bundle.events()] == ["node-1"]


def test_the_seal_names_every_file(bundle: Bundle) -> None:
    bundle.write_json("plan.json", {})
    manifest = bundle.seal()
    assert set(manifest["files"]) == {"plan.json"}
    assert manifest["files"]["plan.json"] == hashlib.sha256((bundle.root / "plan.json").read_bytes()).hexdigest()
    assert json.loads((bundle.root / "manifest.json").read_text())["run_id"] == "3f9a1c02"


def test_a_folder_that_cannot_be_made(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="Cannot create bundle"):
        Bundle.create(os.path.join(tmp_path, "file", "bundle"), {})
