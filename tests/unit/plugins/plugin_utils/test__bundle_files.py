# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that takes no more: what does not fit is kept elsewhere until the run ends, and it is said what is missing."""

from __future__ import annotations

import errno
import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _bundle_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, write_reports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError


@pytest.fixture(name="elsewhere")
def _elsewhere(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The only other place there is."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.setattr(_bundle_files.Files, "_places", lambda self: [place / self._spill_name])
    return place


@pytest.fixture(name="full")
def _full(elsewhere: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Bundle]:
    """A bundle whose disk has become full."""
    bundle = Bundle.create(tmp_path / "bundle", {"run_id": "3f9a1c02"})
    write, append = _bundle_files._write, _bundle_files._append

    def no_room(path: pathlib.Path) -> None:
        if path.is_relative_to(bundle.root):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full_write(path: pathlib.Path, data: bytes) -> None:
        no_room(path)
        write(path, data)

    def full_append(path: pathlib.Path, data: bytes, before: bytes = b"") -> None:
        no_room(path)
        append(path, data, before)

    monkeypatch.setattr(_bundle_files, "_write", full_write)
    monkeypatch.setattr(_bundle_files, "_append", full_append)
    yield bundle


def test_what_does_not_fit_is_read_as_if_it_did(full: Bundle) -> None:
    full.write_json("plan.json", {"nodes": []})
    (full.root / "probes.jsonl").write_text('{"n": 1}\n')
    full.append_jsonl("probes.jsonl", [{"n": 2}])
    full.append_jsonl("probes.jsonl", [{"n": 3}])
    full.write_snapshot("node-1", {"node": "node-1"})
    again = Bundle.open(full.root)  # the next task of the run
    assert again.plan() == {"nodes": []}
    assert again.read_jsonl("probes.jsonl") == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert again.snapshots() == {"node-1": {"node": "node-1"}}


def test_what_arrives_elsewhere_is_analysed_too(full: Bundle) -> None:
    """Each step is cut from the last analysis where there is no new evidence: that may be elsewhere alone."""
    real = Bundle.open(pathlib.Path(__file__).resolve().parent / "fixtures" / "healthy")
    full.write_json("plan.json", real.plan())
    full.write_json("cluster.json.gz", real.cluster())
    assert analyse_bundle(full)["verdict"]["result"] == "inconclusive"
    for node, snapshot in real.snapshots().items():
        full.write_snapshot(node, snapshot)
    full.append_jsonl("events.jsonl", real.events())
    full.append_jsonl("probes.jsonl", real.probes())
    assert analyse_bundle(full)["verdict"]["result"] == "healthy"


def test_the_snapshots_are_unpacked_once_for_how_long_connections_are_left_idle(full: Bundle) -> None:
    real = Bundle.open(pathlib.Path(__file__).resolve().parent / "fixtures" / "healthy")
    full.write_json("plan.json", {**real.plan(), "options": {**real.plan()["options"], "amounts": {"packets": 1}}})
    full.write_json("cluster.json.gz", real.cluster())
    assert full.idle() is None
    analyse_bundle(full)
    assert full.idle() == 0
    node, snapshot = next(iter(real.snapshots().items()))
    snapshot["netns"][0]["sysctls"]["net.netfilter.nf_conntrack_tcp_timeout_established"] = "7"
    full.write_snapshot(node, snapshot)
    assert full.idle() is None, "a snapshot has come since"
    analyse_bundle(full)
    assert full.idle() == 9
    write_reports(full, analyse_bundle(full))
    assert full.idle() is None, "it goes with what the steps were cut from"


def test_the_true_reason_and_what_is_missing_are_told(full: Bundle) -> None:
    full.write_json("plan.json", {})
    reason, names = full.spilled()
    assert reason == f"Cannot write {full.root}/plan.json: No space left on device" and names == ["plan.json"]


def test_nothing_is_left_elsewhere(full: Bundle, elsewhere: pathlib.Path) -> None:
    full.write_json("plan.json", {})
    folder = next(elsewhere.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    full.forget_spilled()
    assert list(elsewhere.iterdir()) == [] and full.spilled() == ("", [])


def test_a_manifest_says_what_could_not_be_written(
    tmp_path: pathlib.Path, elsewhere: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Bundle.create(tmp_path / "bundle", {})
    write = _bundle_files._write

    def full(path: pathlib.Path, data: bytes) -> None:
        if path == bundle.root / "plan.json":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        write(path, data)

    monkeypatch.setattr(_bundle_files, "_write", full)
    bundle.write_json("plan.json", {})
    assert bundle.seal()["not_written"]["files"] == ["plan.json"]
    assert not list(bundle.root.glob(".reserve"))


def test_where_nothing_takes_it_the_reason_is_one_sentence(full: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bundle_files.Files, "_places", lambda self: [])
    with pytest.raises(BundleError, match=r"^Cannot write .*plan\.json: No space left on device$"):
        full.write_json("plan.json", {})


def test_a_folder_of_somebody_else_is_not_used(full: Bundle, elsewhere: pathlib.Path) -> None:
    (elsewhere / full._files._spill_name).mkdir(mode=0o777)
    os.chmod(elsewhere / full._files._spill_name, 0o777)
    with pytest.raises(BundleError, match="No space left on device"):
        full.write_json("plan.json", {})


def test_a_record_is_appended_whole_or_not_at_all(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    _bundle_files._append(path, b"one\n")

    def truncated(_descriptor: int, _size: int) -> None:
        raise AssertionError("not reached without an error")

    monkeypatch.setattr(os, "ftruncate", truncated)
    _bundle_files._append(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
