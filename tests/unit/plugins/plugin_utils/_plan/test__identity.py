# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a snapshot is of the node that was asked for."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._identity import another_machine

NODE: dict[str, t.Any] = {
    "metadata": {"name": "node-2", "labels": {"kubernetes.io/hostname": "worker-b"}},
    "status": {
        "addresses": [
            {"type": "InternalIP", "address": "192.0.2.12"},
            {"type": "InternalIP", "address": "2001:db8::12"},
            {"type": "Hostname", "address": "worker-b"},
        ]
    },
}


def snapshot(hostname: str, *addresses: str) -> dict[str, t.Any]:
    links = [{"addresses": [{"address": "127.0.0.1"}]}, {"addresses": [{"address": address} for address in addresses]}]
    pod = {"id": "pod", "links": [{"addresses": [{"address": "192.0.2.12"}]}]}
    return {"hostname": hostname, "netns": [{"id": "host", "links": links}, pod]}


@pytest.mark.parametrize(
    ("hostname", "addresses"),
    [
        ("node-2", ()),  # its address is lost: a fault, and no other machine
        ("Node-2.example.com", ("198.51.100.9",)),  # its address is translated
        ("worker-b", ("198.51.100.9",)),  # hostname-override
        ("ip-10-0-0-7", ("192.0.2.12",)),
        ("ip-10-0-0-7", ("2001:db8::12",)),
    ],
)
def test_the_node(hostname: str, addresses: tuple[str, ...]) -> None:
    assert another_machine(NODE, snapshot(hostname, *addresses)) == ""


def test_another_one() -> None:
    said = another_machine(NODE, snapshot("node-1", "192.0.2.11"))
    assert "which calls itself node-1" in said and "192.0.2.12" in said


def test_a_node_whose_addresses_nobody_knows() -> None:
    assert another_machine({"metadata": {"name": "node-2"}}, snapshot("node-1", "192.0.2.11")) == ""
