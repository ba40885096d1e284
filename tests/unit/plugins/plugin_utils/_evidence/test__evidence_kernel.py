# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drops that kernels told of marked packets: which can be relied upon, and where they were."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import (
    KernelDrop,
    at,
    kernel_drops,
    refusals,
    rule_ends,
)

WAY: dict[str, t.Any] = {
    "length": 415,
    "devices": [["eth0", "receive"], ["flannel.1", "receive"], ["cni0", "queue"]],
    "reason": "NETFILTER_DROP",
    "location": "nft_do_chain",
    "packets": 3,
}


def _captures(way: dict[str, t.Any], **told: t.Any) -> dict[str, t.Any]:
    return {
        "kernel": {
            "marked": [{"id": "tcp-1", "size": 415, "sent": 3}],
            "nodes": {"node-2": {"ways": [way], "lost": 0, "error": None, **told}},
        }
    }


def test_a_drop_is_told_with_its_place_and_reason() -> None:
    (drop,) = kernel_drops(_captures(WAY))
    assert str(drop) == (
        "the kernel of node-2 dropped 3 of 3 marked packets queued on cni0: NETFILTER_DROP in nft_do_chain"
    )
    assert not drop.received


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"packets": 1}, {}),  # may be another packet in the same buffer
        ({"packets": 9}, {}),  # more than were sent: somebody else's are among them
        ({"length": 99}, {}),  # of no marked packet
        ({"location": None}, {}),  # not dropped
        ({}, {"lost": 4}),  # the buffers lost events
        ({}, {"error": "Cannot trace the kernel: tracefs: Permission denied"}),
    ],
)
def test_what_cannot_be_relied_upon_is_no_drop(change: dict[str, t.Any], told: dict[str, t.Any]) -> None:
    assert kernel_drops(_captures({**WAY, **change}, **told)) == []


def _several(*ways: dict[str, t.Any]) -> dict[str, t.Any]:
    captures = _captures(WAY)
    captures["kernel"]["nodes"]["node-2"]["ways"] = [{**WAY, **way} for way in ways]
    return captures


def test_one_place_is_one_drop_whatever_the_kernel_tells_of_the_way_before_it() -> None:
    longer = [["eth0", "queue"], ["veth1", "receive"], *WAY["devices"]]
    (drop,) = kernel_drops(_several({"packets": 1, "devices": longer}, {"packets": 2}))
    assert (drop.dropped, drop.devices) == (3, ("eth0", "flannel.1", "cni0"))


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "IP_INNOROUTES"},
        {"location": "ip_error"},
        {"devices": [*WAY["devices"][:-1], ["cni0", "receive"]]},
        {"devices": [["eth0", "receive"], ["cni0", "queue"]]},
    ],
)
def test_what_ends_otherwise_or_comes_another_way_is_another_drop(other: dict[str, t.Any]) -> None:
    found = kernel_drops(_several({"packets": 1}, {"packets": 1, **other}))
    assert found == [], "one packet each: neither can be relied upon"


def test_nodes_that_tell_the_same_drop_share_a_kernel() -> None:
    captures = _captures(WAY)
    captures["kernel"]["nodes"]["node-1"] = captures["kernel"]["nodes"]["node-2"]
    (drop,) = kernel_drops(captures)
    assert str(drop).startswith("the kernel that node-1 and node-2 share dropped 3 of 3")


def _drop(*devices: str, received: bool = True) -> KernelDrop:
    return KernelDrop(("node-2",), "tcp-1", devices, received, "NETFILTER_DROP", "nft_do_chain", 3, 3)


def test_a_kernel_sees_its_own_node_and_a_shared_one_what_was_before() -> None:
    way = ("eth0", "flannel.1")
    assert at(_drop(*way), way, received=True)
    assert at(_drop("veth1", "cni0", "flannel.1", "eth0", "fabric", *way), way, received=True)


def test_another_device_or_direction_is_another_place() -> None:
    way = ("eth0", "flannel.1")
    assert not at(_drop("eth0", "flannel.1", "cni0"), way, received=True)
    assert not at(_drop("eth0"), way, received=True)
    assert not at(_drop(*way, received=False), way, received=True)
    assert not at(_drop(*way), (), received=True)


@dataclasses.dataclass(frozen=True)
class _Probe:
    id: str
    node: str
    request: dict[str, t.Any]
    result: dict[str, t.Any]


def _marker(*outcomes: tuple[str, str | None]) -> _Probe:
    attempts = [{"outcome": outcome, "detail": detail} for outcome, detail in outcomes]
    return _Probe("tcp-1-marker", "node-1", {"kind": "marker"}, {"attempts": attempts})


def test_a_kernel_that_refuses_to_send_is_heard() -> None:
    (refusal,) = refusals([_marker(("not_sent", "EPERM"), ("not_sent", "EPERM"), ("sent", None))])
    assert (refusal.node, refusal.probe_id, refusal.refused, refusal.sent) == ("node-1", "tcp-1", 2, 3)


def test_another_error_is_no_refusal_of_a_packet_filter() -> None:
    assert refusals([_marker(("not_sent", "ENETUNREACH"), ("not_sent", "ENETUNREACH"), ("sent", None))]) == []


def _rules(**end: t.Any) -> dict[str, t.Any]:
    told = {"length": 415, "family": "ip", "table": "filter", "chain": "FORWARD", "rule": "drop", "packets": 3, **end}
    return _captures(WAY, rules={"ends": [told], "error": None})


def test_the_rule_that_nftables_names_is_told() -> None:
    (end,) = rule_ends(_rules())
    assert str(end) == 'nftables of node-2 dropped 3 of 3 marked packets in ip filter FORWARD: "drop"'
    (policy,) = rule_ends(_rules(rule=None))
    assert str(policy).endswith("FORWARD: its policy")


@pytest.mark.parametrize("end", [{"packets": 1}, {"packets": 9}, {"length": 99}, {"length": None}])
def test_a_rule_that_took_other_packets_is_not(end: dict[str, t.Any]) -> None:
    assert rule_ends(_rules(**end)) == []
