# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan in mode passthru, which is down, takes all frames that come to the server's eth0."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan in mode passthru, which is down, takes all frames that come to the server's eth0."""

    truth = Truth(
        id="device-taken-over",
        location={"namespace": "default", "pod": "<web-2.name>", "device": "net1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (in_pod("web-2", "ip link add link eth0 name net1 type macvlan mode passthru", "ip link del net1"),)
