# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle that was altered, cut or made by somebody else: read within bounds, named in a sentence, never proof."""

from __future__ import annotations

import gzip
import json
import pathlib
import random
import shutil
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _bundle_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._analysis import analyse_bundle, write_reports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, BundleError

Json = dict[str, t.Any]
# Bundles of two real runs: of a healthy pair, and of one whose packets a node drops, which its captures prove.
FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures"


def _copy(name: str, root: pathlib.Path) -> Bundle:
    shutil.copytree(FIXTURES / name, root)
    root.chmod(0o700)
    return Bundle.open(root)


@pytest.fixture(name="bundle")
def _bundle(tmp_path: pathlib.Path) -> Bundle:
    """A sealed bundle of a healthy pair."""
    return _copy("healthy", tmp_path / "bundle")


@pytest.fixture(name="dropped")
def _dropped(tmp_path: pathlib.Path) -> Bundle:
    """A sealed bundle with a fault that is proven, by its captures among others."""
    return _copy("dropped", tmp_path / "dropped")


def _captured(found: Json) -> list[str]:
    """What the captures prove."""
    proofs = [proof for finding in found["findings"] for proof in finding["evidence"]]
    return [proof["text"] for proof in proofs if proof["kind"] == "capture"]


def test_the_fault_is_proven_by_captures_that_are_whole(dropped: Bundle) -> None:
    found = analyse_bundle(dropped)
    assert found["verdict"]["root_cause"] == "forward-policy-drop" and _captured(found) and found["errors"] == []


@pytest.mark.parametrize("name", ["captures/node-1.pcapng", "captures/node-2.pcapng", "captures/index.json"])
@pytest.mark.parametrize("how", ["cut", "random", "gone"])
def test_a_capture_that_is_not_what_it_was_proves_nothing(dropped: Bundle, name: str, how: str) -> None:
    if how == "gone":
        (dropped.root / name).unlink()
    else:
        _alter(dropped, name, lambda data: data[:100] if how == "cut" else random.Random(1).randbytes(len(data)))
    found = analyse_bundle(dropped)
    assert any(name in error for error in found["errors"])
    assert _captured(found) == [] and found["verdict"]["root_cause"] == "forward-policy-drop"


def test_the_bundle_of_these_tests_is_healthy(bundle: Bundle) -> None:
    found = analyse_bundle(bundle)
    assert found["verdict"]["result"] == "healthy" and found["errors"] == []


def _alter(bundle: Bundle, name: str, change: t.Callable[[bytes], bytes]) -> None:
    path = bundle.root / name
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("name", ["nodes/node-1.json.gz", "cluster.json.gz", "probes.jsonl", "plan.json"])
@pytest.mark.parametrize("how", ["altered", "cut", "random", "gone"])
def test_a_part_that_is_not_what_it_was_is_named_and_proves_nothing(bundle: Bundle, name: str, how: str) -> None:
    generator = random.Random(7)
    if how == "gone":
        (bundle.root / name).unlink()
    elif how == "cut":
        _alter(bundle, name, lambda data: data[: len(data) // 2])
    elif how == "random":
        _alter(bundle, name, lambda data: generator.randbytes(len(data)))
    elif name.endswith(".gz"):
        _alter(bundle, name, lambda data: gzip.compress(gzip.decompress(data) + b" ", mtime=0))
    else:
        _alter(bundle, name, lambda data: data + b"\n")
    try:
        found = analyse_bundle(bundle)
    except BundleError as exc:  # nothing makes sense without a plan
        assert name == "plan.json" and name in str(exc) and "\n" not in str(exc)
        return
    assert any(name in error for error in found["errors"]), found["errors"]
    assert "proven" not in [finding["confidence"] for finding in found["findings"]]
    if name in ("probes.jsonl", "plan.json"):
        assert found["verdict"]["result"] == "inconclusive"


def test_a_second_analysis_does_not_bless_what_was_altered(bundle: Bundle) -> None:
    _alter(bundle, "probes.jsonl", lambda data: data + b"\n")
    for _turn in range(2):
        found = analyse_bundle(bundle)
        assert any("probes.jsonl" in error for error in found["errors"])
        write_reports(bundle, found)


def test_the_other_nodes_are_analysed_where_one_part_is_cut(bundle: Bundle) -> None:
    _alter(bundle, "nodes/node-1.json.gz", lambda data: data[:50])
    found = analyse_bundle(bundle)
    snapshot = next(step for step in found["steps"] if step["name"] == "snapshot")
    assert any("node-2" in line and "routes" in line for line in snapshot["numbers"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0" * 3000, "not valid JSON"),
        (b"[" * 200000, "nested too deep|not valid JSON"),
        (b"[" * 200000 + b"]" * 200000, "nested too deep"),
        (b"{}", "is missing"),
        (b"[]", "must be an object"),
        (b"null", "must be an object"),
        (b'"text"', "must be an object"),
    ],
)
def test_content_that_no_snapshot_has(tmp_path: pathlib.Path, content: bytes, words: str) -> None:
    bundle = _unsealed(tmp_path)
    (bundle.root / "nodes" / "node-1.json.gz").write_bytes(gzip.compress(content))
    found = analyse_bundle(bundle)
    named = [error for error in found["errors"] if "nodes/node-1.json.gz" in error]
    assert named and any(word in named[0] for word in words.split("|")), found["errors"]


def _unsealed(tmp_path: pathlib.Path) -> Bundle:
    """As a run leaves it that was killed: no sum tells what was altered."""
    bundle = _copy("healthy", tmp_path / "killed")
    manifest = bundle.manifest()
    del manifest["files"]
    bundle.write_json("manifest.json", manifest)
    return bundle


def test_what_is_unpacked_is_bounded(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bundle_files, "MOST_BYTES", 1 << 20)
    bundle = _unsealed(tmp_path)
    (bundle.root / "nodes" / "node-1.json.gz").write_bytes(gzip.compress(bytes(4 << 20)))
    errors = analyse_bundle(bundle)["errors"]
    assert any("more than 1 MiB when it is unpacked" in error for error in errors), errors


def _places(value: t.Any, place: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """Every place in a JSON value."""
    if place:
        yield place
    items: t.Iterable[tuple[t.Any, t.Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield from _places(inner, (*place, key))


def _replaced(value: t.Any, place: tuple[t.Any, ...], new: t.Any) -> t.Any:
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is KeyError and len(place) == 1:
        del copy[place[0]]
    else:
        copy[place[0]] = _replaced(value[place[0]], place[1:], new)
    return copy


ODD: list[t.Any] = [None, True, 7, -1.5, "text", "", [], {}, [[]], {"a": {}}, [None], "\0\n", 1 << 70, KeyError]


@pytest.mark.parametrize("name", ["plan.json", "cluster.json.gz", "nodes/node-1.json.gz", "probes.jsonl"])
def test_wrong_types_anywhere_make_a_sentence_and_no_traceback(tmp_path: pathlib.Path, name: str) -> None:
    """The seed is fixed, so that a failure can be looked at."""
    bundle = _unsealed(tmp_path)
    generator = random.Random(name)
    if name.endswith(".jsonl"):
        value: t.Any = [json.loads(line) for line in bundle.read_bytes(name).splitlines()]
    else:
        value = bundle.read_json(name)
    places = list(_places(value))
    for _turn in range(20):
        place, odd = generator.choice(places), generator.choice(ODD)
        changed = _replaced(value, place, odd)
        if name.endswith(".jsonl"):
            bundle.write_bytes(name, "".join(json.dumps(record) + "\n" for record in changed).encode())
        else:
            bundle.write_json(name, changed)
        try:
            found = analyse_bundle(bundle)
        except BundleError as exc:
            assert "\n" not in str(exc), (place, odd)
        else:
            assert found["verdict"]["result"] in ("healthy", "fault", "inconclusive")
            assert all("\n" not in error for error in found["errors"]), (place, odd)
