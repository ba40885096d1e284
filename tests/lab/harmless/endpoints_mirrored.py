# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that a person wrote are mirrored to a slice, as they should be."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import old_endpoints, service, serving


class FaultClass(Made):
    """Endpoints that a person wrote are mirrored to a slice, as they should be."""

    truth = Truth(id="", destination="service:default/leader", port=80)
    modes = ("iptables", "nftables")
    scene = (serving("leader-1"), Objects((service("leader", app=None), old_endpoints("leader", "<leader-1>"))))
