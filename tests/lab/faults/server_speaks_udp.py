# SPDX-License-Identifier: GPL-3.0-or-later
"""The server listens by UDP on the port that is asked by TCP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod


class FaultClass(Made):
    """The server listens by UDP on the port that is asked by TCP."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "udp-1"},
        destination="pod:default/udp-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("udp-1", command=echo_server(8080)),), ready=("udp-1",)),)
