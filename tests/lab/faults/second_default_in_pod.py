# SPDX-License-Identifier: GPL-3.0-or-later
"""A second device of the client takes its default route."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second device of the client takes its default route."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        in_pod(
            "client-1",
            "ip link add net1 type veth peer name net1p\n"
            "ip addr add 172.20.0.2/24 dev net1\n"
            "ip link set net1 up\n"
            "ip link set net1p up\n"
            "ip route replace 10.244.0.0/16 via 172.20.0.1 dev net1",
            "ip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0\nip link del net1",
        ),
    )
