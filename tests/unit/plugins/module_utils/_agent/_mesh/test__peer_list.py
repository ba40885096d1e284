# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of peers, as it comes from a ConfigMap, and what else may be found in its place."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import (
    Peer,
    PeersError,
    PeersFile,
    parse_peers,
)

ONE = {
    "node": "node-1",
    "host": ["192.0.2.11", "2001:DB8::0b"],
    "pod": "target-a",
    "uid": "uid-a",
    "endpoint": ["10.244.1.5"],
    "ready": True,
}


def document(*peers: t.Any, **more: t.Any) -> str:
    return json.dumps({"schema": "podnet.diagnostics/peers/v1", "peers": peers, **more})


def test_a_list() -> None:
    assert parse_peers(document(ONE, {"node": "node-2", "ready": False})) == (
        Peer("node-1", ("192.0.2.11", "2001:db8::b"), "target-a", "uid-a", ("10.244.1.5",), True),
        Peer("node-2", ready=False),
    )
    assert parse_peers(document()) == ()


def test_one_bad_entry_costs_no_other() -> None:
    bad = [
        None,
        "x",
        {},
        {"node": 5},
        {"node": ""},
        {"node": "node-3", "host": "192.0.2.1", "endpoint": [None, "x", 4], "uid": 7, "pod": []},
    ]
    assert parse_peers(document(*bad, ONE)) == (Peer("node-3"), parse_peers(document(ONE))[0])


def test_nothing_is_sent_to_groups_and_addresses_are_bounded() -> None:
    hosts = ["224.0.0.1", "ff02::1", "255.255.255.255", "0.0.0.0", "::", "192.0.2.1", "192.0.2.1"]
    assert parse_peers(document({"node": "a", "host": hosts}))[0].host == ("192.0.2.1",)
    assert len(parse_peers(document({"node": "a", "host": [f"192.0.2.{number}" for number in range(99)]}))[0].host) == 8


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100000, "it is not JSON"),
        ("[]", "its schema is None, not podnet"),
        (
            '{"schema": "podnet.diagnostics/peers/v2"}',
            "its schema is podnet.diagnostics/peers/v2, not podnet.diagnostics/peers/v1",
        ),
        ('{"schema": "podnet.diagnostics/peers/v1", "peers": {}}', "it has no list of peers"),
        (b"\xff\xfe", "it is not JSON"),
    ],
)
def test_what_is_no_list(text: str | bytes, problem: str) -> None:
    with pytest.raises(PeersError, match=problem):
        parse_peers(text)


def test_the_file_is_read_again_when_the_kubelet_has_swapped_it(tmp_path: pathlib.Path) -> None:
    """As a ConfigMap is mounted: the file is a link into ..data, which is a link that is replaced."""
    path = tmp_path / "peers.json"
    path.symlink_to("..data/peers.json")

    def publish(version: str, text: str) -> None:
        (tmp_path / version).mkdir()
        (tmp_path / version / "peers.json").write_text(text)
        (tmp_path / "..new").symlink_to(version)
        os.rename(tmp_path / "..new", tmp_path / "..data")

    young = PeersFile(str(path))
    assert not young.refresh() and young.problem == "", "a kubelet has not mounted it yet"
    file = PeersFile(str(path), 0.0)
    assert file.refresh()
    assert file.problem == f"Cannot read the list of peers {path}: No such file or directory"
    assert not file.refresh()
    publish("v1", document(ONE))
    assert file.refresh()
    assert (file.problem, [peer.node for peer in file.peers]) == ("", ["node-1"])
    assert not file.refresh()
    publish("v2", document(ONE, {"node": "node-2"}))
    assert file.refresh()
    assert [peer.node for peer in file.peers] == ["node-1", "node-2"]
    publish("v3", "garbage")
    assert file.refresh()
    assert file.problem.startswith(f"Cannot use the list of peers {path}: it is not JSON: ")
    assert len(file.peers) == 2, "what was good is kept"
    publish("v4", document())
    assert file.refresh()
    assert (file.problem, file.peers) == ("", ())
