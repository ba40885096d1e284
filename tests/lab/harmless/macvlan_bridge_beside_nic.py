# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan in mode bridge on each NIC, in use by nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan in mode bridge on each NIC, in use by nobody."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run("node-2", "ip link add link eth0 name mv0 type macvlan mode bridge\nip link set mv0 up", "ip link del mv0"),
        Run("node-1", "ip link add link eth0 name mv0 type macvlan mode bridge", "ip link del mv0"),
    )
