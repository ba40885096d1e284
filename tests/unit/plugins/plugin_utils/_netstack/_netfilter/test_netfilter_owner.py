# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that ask who sent a packet: user, group and cgroup of its socket."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.tests.unit.plugins.plugin_utils._netstack._netfilter import filters

OWN = dataclasses.replace(filters.SYN, uid=1000, gid=3000, cgroup="/kubepods/burstable/pod1/app")
KERNEL = dataclasses.replace(filters.SYN, uid=0, owned=False)
HIDDEN = dataclasses.replace(OWN, gid=None, cgroup=None)
PASS, DROP, BOTH = {"accept"}, {"drop"}, {"accept", "drop"}


def _iptables(match: str) -> t.Any:
    text = f"*filter\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT {match} -j DROP\nCOMMIT\n"
    return filters.iptables(text)


@pytest.mark.parametrize(
    "match, packet, expected",
    [
        ("-m owner --uid-owner 1000", OWN, DROP),
        ("-m owner --uid-owner 0-999", OWN, PASS),
        ("-m owner ! --uid-owner 1337", OWN, DROP),
        ("-m owner --gid-owner 3000", OWN, DROP),
        ("-m owner --gid-owner 3000", HIDDEN, BOTH),
        ("-m owner --socket-exists", OWN, DROP),
        ("-m owner --uid-owner 0", KERNEL, PASS),
        ("-m owner ! --uid-owner 1337", KERNEL, DROP),
        ("-m owner --socket-exists", KERNEL, PASS),
        ("-m cgroup --path kubepods/burstable", OWN, DROP),
        ("-m cgroup --path kubepods/burst", OWN, PASS),
        ("-m cgroup ! --path system.slice", OWN, DROP),
        ("-m cgroup ! --path system.slice", KERNEL, PASS),
        ("-m cgroup --path system.slice", HIDDEN, BOTH),
        ("-m cgroup --cgroup 1048577", OWN, BOTH),
    ],
)
def test_iptables(match: str, packet: Packet, expected: set[str]) -> None:
    results = filters.run(_iptables(match), packet, hook="output", iif=None)
    assert filters.actions(results) == expected


@pytest.mark.parametrize(
    "left, op, right, packet, expected",
    [
        ({"meta": {"key": "skuid"}}, "==", 1000, OWN, DROP),
        ({"meta": {"key": "skuid"}}, "!=", 1000, OWN, PASS),
        ({"meta": {"key": "skuid"}}, "!=", 1000, KERNEL, PASS),
        ({"meta": {"key": "skgid"}}, "==", 3000, OWN, DROP),
        ({"meta": {"key": "skgid"}}, "==", 3000, HIDDEN, BOTH),
        ({"socket": {"key": "cgroupv2"}}, "==", "kubepods/burstable", OWN, DROP),
        ({"socket": {"key": "cgroupv2"}}, "==", "system.slice", OWN, PASS),
        ({"socket": {"key": "cgroupv2"}}, "!=", "system.slice", OWN, DROP),
        ({"socket": {"key": "cgroupv2"}}, "!=", "system.slice", KERNEL, PASS),
        ({"socket": {"key": "cgroupv2"}}, "==", "kubepods", HIDDEN, BOTH),
    ],
)
def test_nft(left: t.Any, op: str, right: t.Any, packet: Packet, expected: set[str]) -> None:
    rule = [{"match": {"op": op, "left": left, "right": right}}, {"drop": None}]
    results = filters.run(filters.nft(rule, hook="output"), packet, hook="output", iif=None)
    assert filters.actions(results) == expected
