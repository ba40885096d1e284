# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetworkPolicies against an engine that nobody here wrote: truth tables of cyclonus, made by tests/judge/cyclonus."""

from __future__ import annotations

import itertools
import json
import lzma
import pathlib
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import Party, Policies

Json = dict[str, t.Any]
TABLES = pathlib.Path(__file__).parent / "fixtures" / "cyclonus.jsonl.xz"
PORTS, PROTOCOLS = (80, 81), ("tcp", "udp", "sctp")


def _tables() -> list[Json]:
    return [json.loads(line) for line in lzma.decompress(TABLES.read_bytes()).decode().splitlines()]


def _party(pod: Json) -> Party:
    """A pod whose ports have the names that cyclonus gives them."""
    ports = [
        {"containerPort": port, "protocol": protocol.upper(), "name": f"serve-{port}-{protocol}"}
        for port in PORTS
        for protocol in PROTOCOLS
    ]
    item = {
        "metadata": {"namespace": pod["namespace"], "name": pod["name"], "labels": pod["labels"]},
        "spec": {"containers": [{"name": "serve", "ports": ports}]},
        "status": {"podIP": pod["ip"]},
    }
    return Party(pod["ip"], pod["namespace"], item)


def _decided(table: Json) -> str:
    policies = Policies(table["policies"], table["namespaces"])
    parties = [_party(pod) for pod in table["pods"]]
    found = []
    for source, destination in itertools.permutations(parties, 2):
        for port, protocol in itertools.product(PORTS, PROTOCOLS):
            allowed = policies.decide(source, destination, protocol, port).allowed
            found.append({True: "1", False: "0", None: "?"}[allowed])
    return "".join(found)


@pytest.mark.parametrize("table", _tables(), ids=lambda table: f"{table['description'][:60]}-{table['step']}")
def test_as_cyclonus_decides(table: Json) -> None:
    assert _decided(table) == table["allowed"]
