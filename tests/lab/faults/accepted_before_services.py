# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule accepts a pod's packets in nat before kube-proxy's rules, so Services are not translated."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule accepts a pod's packets in nat before kube-proxy's rules, so Services are not translated."""

    truth = Truth(id="service-rules-bypassed", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "nat PREROUTING -s <client-1>/32 -j ACCEPT"),)
