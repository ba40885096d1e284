# SPDX-License-Identifier: GPL-3.0-or-later
"""The old iptables of the client's own namespace lets nothing in but its loopback device."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The old iptables of the client's own namespace lets nothing in but its loopback device."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "client-1",
            "iptables-legacy -A INPUT -i lo -j ACCEPT\niptables-legacy -P INPUT DROP",
            "iptables-legacy -P INPUT ACCEPT\niptables-legacy -D INPUT -i lo -j ACCEPT",
        ),
    )
