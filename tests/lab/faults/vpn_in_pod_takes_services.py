# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN in the client's pod takes both halves of all addresses: pods have a route of their own, Services do not.

Public report: passteque/gluetun#188.
"""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import VPN_IN_HALVES


class FaultClass(Made):
    """A VPN in the client's pod takes both halves of all addresses: pods have a route of their own, Services do not."""

    truth = Truth(
        id="route-wrong",
        location={"namespace": "default", "pod": "client-1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-1", *VPN_IN_HALVES),)
