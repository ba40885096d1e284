# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when a part could not be read: it may be less, and nothing that is false is proven.

A few recordings for each part; all of them are analysed by `accuracy.py --recorded --without '*'`.
"""

from __future__ import annotations

import zlib

import pytest
from podnet_accuracy.again import one
from podnet_accuracy.doubt import TAKEN
from podnet_accuracy.judge import ALARM
from podnet_accuracy.recording import recordings, what_of
from podnet_accuracy.table import line

EACH = 5
# Where something false was proven once, or taken for healthy.
KNOWN = {
    "list-of-daemonsets": ["kube-proxy-other-name@iptables"],
    "list-of-deployments": ["service-selector-mismatch@iptables", "dns-service-selects-nothing@nftables"],
    "list-of-endpointslices": ["cni-configuration-gone@iptables", "selector-too-wide@iptables"],
    "list-of-pods": [
        "container-command-unknown@iptables",
        "queue-full-answers-reset@iptables",
        "arp-ignored-by-node@host-gw",
        "prefers-same-node-dead@nftables",
        "pair-loadbalancer-filter-and-listener@host-gw",
    ],
    "list-of-services": ["node-port-addresses@iptables", "upstream-address-claimed@nftables"],
    "part-links": ["udp-answer-from-routes-source@nftables", "bridge-ether-drop@iptables"],
    "part-netfilter": [
        "conntrack-bypassed-service@iptables",
        "dns-pod-cut-from-api@iptables",
        "hairpin-off@nftables",
        "one-of-three-backends-dropped@three",
        "readiness-blocked-on-node@nftables",
    ],
    "part-routes": ["external-address-claimed@nftables", "prefers-same-node-dead@iptables"],
    "pod-namespaces": ["route-missing-back@host-gw", "server-paused@nftables"],
}


def _chosen(thing: str) -> list[str]:
    everything = sorted("@".join(what_of(path)) for path in recordings())
    by_lot = sorted(everything, key=lambda name: zlib.crc32(f"{thing} {name}".encode()))[:EACH]
    return [*KNOWN.get(thing, ()), *by_lot]


@pytest.mark.parametrize(("thing", "what"), [(thing, what) for thing in TAKEN for what in _chosen(thing)])
def test_nothing_false_is_proven_without(thing: str, what: str) -> None:
    name, _unused, mode = what.partition("@")
    row = one((name, mode), thing)
    told = row.judgement
    named = told.said.split(" + ") if told.confidence == "proven" else []
    false = [one for one in named if not any(cause.named_by(one) for cause in row.causes)]
    assert not false and told.outcome != ALARM, line(row)
