# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan of node-2's NIC takes copies of what node-1 sends, and leaves the frames."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

WHO = "$(ip neigh show 192.0.2.11 dev eth0 | grep -o ..:..:..:..:..:..)"


class FaultClass(Made):
    """A macvlan of node-2's NIC takes copies of what node-1 sends, and leaves the frames."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Run(
            "node-2",
            f"""ping -c 1 -W 1 192.0.2.11
            ip link add link eth0 name mv0 type macvlan mode source nodst
            sh -c 'ip link set mv0 type macvlan macaddr add {WHO}'
            ip link set mv0 up""",
            "ip link del mv0",
        ),
    )
