# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is asked by ping, which its address never answers: its pods do."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service is asked by ping, which its address never answers: its pods do."""

    truth = Truth(id="", destination="service:default/web", protocol="icmp")
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<service:web>", 80)
    changes = (Run("node-1", "true"),)
