# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By what kube-proxy tells pods from strangers."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._kube_proxy import Config
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

BRACES = 'detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: "cbr0"}\n'
LINES = 'detectLocal:\n  bridgeInterface: ""\n  interfaceNamePrefix: veth\ndetectLocalMode: InterfaceNamePrefix\n'


def _config(text: str) -> Config:
    item = {"metadata": {"name": "kube-proxy"}, "data": {"config.conf": f"mode: iptables\n{text}"}}
    found = Config.of(ClusterIndex({"resources": {"configmaps": [item]}}))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("clusterCIDR: 10.244.0.0/16\n", True),
        ("clusterCIDR: 10.200.0.0/16,fd00::/64\n", False),
        ("clusterCIDR: 10.200.0.0/16,10.244.0.0/16\ndetectLocalMode: ClusterCIDR\n", True),
        ("", None),
        ("clusterCIDR: nothing\n", None),
        ("detectLocalMode: NodeCIDR\n", True),
        (BRACES, False),
        (BRACES.replace("cbr0", "cni0"), True),
        (LINES, True),
        (LINES.replace("veth", "cali"), False),
        (LINES.replace("veth", '""'), None),
    ],
)
def test_whether_a_pod_is_known(text: str, known: bool | None) -> None:
    assert _config(text).locality.holds("10.244.1.2", ("veth3", "cni0"), ("10.244.1.0/24",)) is known


def test_pods_of_other_nodes_are_strangers_by_the_own_network() -> None:
    locality = _config("detectLocalMode: NodeCIDR\n").locality
    assert locality.holds("10.244.2.2", ("flannel.1",), ("10.244.1.0/24",)) is False


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clusterCIDR: 10.200.0.0/16\n", "clusterCIDR is 10.200.0.0/16"),
        (BRACES, "detectLocalMode is BridgeInterface, and bridgeInterface cbr0"),
        (LINES, "detectLocalMode is InterfaceNamePrefix, and interfaceNamePrefix veth"),
        ("detectLocalMode: NodeCIDR\n", "detectLocalMode is NodeCIDR"),
    ],
)
def test_it_says_by_what(text: str, said: str) -> None:
    assert str(_config(text).locality) == said
