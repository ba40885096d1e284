# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN in the client's pod takes both halves of all addresses, and the pods' network has a route of its own."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import VPN_IN_HALVES


class FaultClass(Made):
    """A VPN in the client's pod takes both halves of all addresses, and the pods' network has a route of its own."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-1", *VPN_IN_HALVES),)
