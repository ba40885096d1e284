# SPDX-License-Identifier: GPL-3.0-or-later
"""Another pod's loopback device has the Service's address."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another pod's loopback device has the Service's address."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-2", "ip address add <service:web>/32 dev lo", "ip address del <service:web>/32 dev lo"),)
