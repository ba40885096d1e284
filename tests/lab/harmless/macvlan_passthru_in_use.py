# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan in mode passthru takes all frames that come to the server's eth0, and hands them to the same pod."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan in mode passthru takes all frames that come to the server's eth0, and hands them to the same pod."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        in_pod(
            "web-2",
            "ip link add link eth0 name net1 type macvlan mode passthru\nip link set net1 up",
            "ip link del net1",
        ),
    )
