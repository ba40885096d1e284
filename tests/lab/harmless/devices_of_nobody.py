# SPDX-License-Identifier: GPL-3.0-or-later
"""A second tunnel and a pair of devices, one of them down, that no route uses."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second tunnel and a pair of devices, one of them down, that no route uses."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    changes = (
        Run(
            "node-1",
            "ip link add another type vxlan id 77 dstport 4789 local 192.0.2.11 dev eth0\nip link set another up\n"
            "ip link add unused type veth peer name unused-peer",
            "ip link del another\nip link del unused",
        ),
    )
