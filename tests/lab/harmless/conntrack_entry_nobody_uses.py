# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has an entry to a backend that is gone, of a client that sends no more."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.kept_flows import PORT, OldEntry, Scene
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has an entry to a backend that is gone, of a client that sends no more."""

    truth = Truth(id="", destination="service:default/sink", port=PORT, protocol="udp")
    modes = ("iptables", "nftables")
    scene = (Scene(),)
    changes = (OldEntry(sends=False),)
