# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN in the client's pod takes both halves of all addresses: pods have a route of their own, Services do not.

Public report: passteque/gluetun#188.
"""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN in the client's pod takes both halves of all addresses: pods have a route of their own, Services do not."""

    truth = Truth(
        id="route-wrong",
        location={"namespace": "default", "pod": "client-1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "client-1",
            """
            ip tuntap add tun0 mode tun
            ip address add 10.8.8.5/24 dev tun0
            ip link set tun0 up
            ip route add 0.0.0.0/1 via 10.8.8.1 dev tun0
            ip route add 128.0.0.0/1 via 10.8.8.1 dev tun0
            """,
            "ip link del tun0",
        ),
    )
