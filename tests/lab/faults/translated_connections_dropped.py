# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what was translated: Services are lost, pods are well."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-1 drops what was translated: Services are lost, pods are well."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="service:default/plain-1", port=80)
    modes = ("iptables", "host-gw")
    scene = (Objects((pod("plain-1"), service("plain-1")), ready=("plain-1",)),)
    changes = (Rule("node-1", "mangle FORWARD -i cni0 -p tcp -m conntrack --ctstate DNAT --ctorigdstport 80 -j DROP"),)
