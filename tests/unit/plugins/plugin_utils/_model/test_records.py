# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of a snapshot, written as JSON and read back; and what a namespace keeps when it is changed."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _links, _routes, _types
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import node_from_snapshot
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record, records
from ansible_collections.podnet.diagnostics.tests.unit.builders import World

_LINK = {
    "ifname": "veth1",
    "ifindex": 7,
    "link_type": "ether",
    "address": "02:00:00:00:00:01",
    "mtu": 1450,
    "flags": ["UP", "LOWER_UP"],
    "master": "cni0",
    "linkinfo": {"info_kind": "veth", "info_slave_kind": "bridge", "info_slave_data": {"state": "forwarding"}},
    "addr_info": [{"family": "inet", "local": "192.0.2.1", "prefixlen": 24, "scope": "global"}],
    "stats64": {"rx": {"packets": 3}, "tx": {"packets": 4}},
    "xdp": {"mode": 2},
}
_ROUTE = {
    "dst": "default",
    "flags": [],
    "tos": "0x10",
    "metrics": [{"mtu": 1400}],
    "nexthops": [{"gateway": "192.0.2.1", "dev": "eth0", "weight": 2, "flags": ["dead"]}],
}
_RULE = {"priority": 5, "src": "192.0.2.0", "srclen": 24, "not": None, "fwmark": "0x1", "dport": 80, "table": "7"}


@pytest.mark.parametrize(
    ("written", "cls"),
    [
        (_links.parse_links([_LINK])[0], _types.Link),
        (_routes.parse_routes([_ROUTE], 4)[0], _types.Route),
        (_routes.parse_rules([_RULE], 4)[0], _types.Rule),
    ],
)
def test_what_was_written_is_read_back(written: _types.Record, cls: type[_types.Record]) -> None:
    data = json.loads(json.dumps(written.to_dict()))
    read = record(cls, data)
    assert read.to_dict() == data
    # A record can be looked up, and no list in it can be changed.
    assert read in {read}


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, True])
def test_a_value_of_another_type_is_none_or_nothing(value: t.Any) -> None:
    data = dict.fromkeys(_routes.parse_routes([_ROUTE], 4)[0].to_dict(), value)
    found = record(_types.Route, data)
    assert isinstance(found.dst, str) and isinstance(found.metric, int) and isinstance(found.nexthops, tuple)
    assert found.gateway is None or isinstance(found.gateway, str)
    assert records(_types.Route, value) == ()


def test_compiled_rules_outlive_a_change_of_other_parts() -> None:
    host = node_from_snapshot(World().snapshots["node-1"]).host
    assert host.compiled("ruleset", lambda each: "rules") == "rules"
    assert host.compiled("routing", lambda each: "tables") == "tables"
    changed = host.change(routes=())
    assert changed.routes == () and host.routes
    assert changed.compiled("ruleset", lambda each: "made again") == "rules"
    assert changed.compiled("routing", lambda each: "made again") == "made again"
    assert host.change(iptables=()).compiled("ruleset", lambda each: "made again") == "made again"
