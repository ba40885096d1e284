# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs beside the playbook: it tells how far a node is, and lets go when the files are fetched."""

from __future__ import annotations

import base64
import os
import pathlib
import typing as t
import zlib

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._follow import (
    Follower,
    all_ended,
    amount,
    progress_of,
    progress_text,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._live import Live, make_fifo

Json = dict[str, t.Any]
PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000c000000001000000") + bytes.fromhex(
    "01000000020000000e0000000e000000"
)
PCAP += b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x06"


@pytest.fixture(name="bundle")
def _bundle(tmp_path: pathlib.Path) -> Bundle:
    bundle = Bundle.create(tmp_path / "bundle", {"run_id": "run"})
    bundle.write_json("plan.json", {"run_id": "run"})
    return bundle


class Node:
    """A node with one capture."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.running = True

    def __call__(self, arguments: Json) -> Json:
        self.states.append(arguments["state"])
        if arguments["state"] == "listed":
            file = {"name": "0.pcap", "size": len(PCAP)}
            device = {"name": "eth0", "netns": "host", "running": self.running, "ended": "", "files": [file]}
            return {"progress": {"devices": [device], "free": 10**9}}
        (part,) = arguments["parts"]
        data = PCAP[part["offset"] :]
        coded = base64.b64encode(zlib.compress(data)).decode()
        return {"parts": [{**part, "length": len(data), "size": len(PCAP), "data": coded}]}


def test_a_node_tells_how_far_it_is_until_its_files_are_fetched(bundle: Bundle) -> None:
    node, removed = Node(), []
    charge = Follower(bundle, "node-1", node, lambda: removed.append(1)).charge()
    assert not charge.over()
    known = progress_of(bundle, ["node-1", "node-2"])
    assert set(known) == {"node-1"} and not all_ended(known, ["node-1"])
    assert progress_text(known) == "node-1: 54 B, 1 of 1 captures running"
    assert not charge.over() and node.states == ["listed"], "it looks once in a while"
    node.running = False
    bundle.add_event("node-1", "fetch", "started")
    assert not charge.over() and node.states == ["listed"], "it does not look any more"
    bundle.add_event("node-1", "fetch", "done")
    assert charge.over() and removed == []


def test_what_is_on_a_node_goes_with_a_run_that_is_killed(bundle: Bundle) -> None:
    removed: list[int] = []
    charge = Follower(bundle, "node-1", Node(), lambda: removed.append(1)).charge()
    charge.remove()
    assert removed == [1]


def test_a_node_that_was_lost_is_tidied_when_the_run_has_ended(bundle: Bundle) -> None:
    removed: list[int] = []
    charge = Follower(bundle, "node-1", Node(), lambda: removed.append(1)).charge()
    bundle.add_event("node-1", "fetch", "error", "Cannot reach node-1: it is dead")
    assert not charge.over()
    bundle.write_json("index.json", {"lost": ["node-1"]})
    bundle.path("plan.json").unlink()
    bundle.path("events.jsonl").unlink()
    assert not charge.over()
    charge.remove()
    assert removed == [1]


def test_files_that_stay_on_purpose_are_left_alone(bundle: Bundle) -> None:
    """They could not be fetched whole: somebody may want them."""
    removed: list[int] = []
    charge = Follower(bundle, "node-1", Node(), lambda: removed.append(1)).charge()
    bundle.add_event("node-1", "fetch", "error", "Cannot fetch the captures of node-1: no room")
    assert charge.over()
    bundle.write_json("index.json", {"lost": []})
    bundle.path("plan.json").unlink()
    charge.remove()
    assert removed == []


def test_all_have_ended_when_each_has_told_so(bundle: Bundle) -> None:
    node = Node()
    node.running = False
    Follower(bundle, "node-1", node, lambda: None).charge().over()
    assert all_ended(progress_of(bundle, ["node-1"]), ["node-1"])
    assert not all_ended(progress_of(bundle, ["node-1", "node-2"]), ["node-1", "node-2"])
    assert not all_ended({}, [])


def test_a_node_that_does_not_answer_is_told_and_looked_at_again(bundle: Bundle) -> None:
    def away(_arguments: Json) -> Json:
        raise OSError("no way\nto the node")

    charge = Follower(bundle, "node-1", away, lambda: None).charge()
    assert not charge.over()
    assert progress_text(progress_of(bundle, ["node-1"])) == "node-1: not known (no way to the node)"
    assert not all_ended(progress_of(bundle, ["node-1"]), ["node-1"])


def test_a_run_whose_folder_is_gone_is_over(bundle: Bundle, tmp_path: pathlib.Path) -> None:
    charge = Follower(bundle, "node-1", Node(), lambda: None).charge()
    bundle.root.rename(tmp_path / "elsewhere")
    assert charge.over()


def test_the_last_packets_are_shown_when_the_files_are_there(bundle: Bundle, tmp_path: pathlib.Path) -> None:
    pipe = make_fifo(tmp_path / "live", "node-1")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    charge = Follower(bundle, "node-1", Node(), lambda: None, Live(pipe)).charge()
    assert not charge.over()
    before = os.read(reader, 65536)
    with (bundle.root / "raw" / "node-1" / "0.pcap").open("ab") as stream:
        stream.write(PCAP[24:])
    bundle.add_event("node-1", "fetch", "done")
    assert charge.over() and not pipe.exists()
    assert before and os.read(reader, 65536) and os.read(reader, 65536) == b""
    os.close(reader)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (10**6, "1.0 MB"), (2 * 10**9, "2.0 GB")]
)
def test_amounts(size: int, text: str) -> None:
    assert amount(size) == text
