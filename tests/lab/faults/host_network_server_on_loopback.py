# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod behind a Service is on its node's network and listens on the node's loopback address."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service


class FaultClass(Made):
    """The pod behind a Service is on its node's network and listens on the node's loopback address."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "default", "pod": "agent-1"},
        destination="service:default/agent",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "agent-1",
                    command=http_server(8092, "127.0.0.1"),
                    port=8092,
                    labels={"app": "agent"},
                    hostNetwork=True,
                ),
                service("agent", target=8092),
            ),
            ready=("agent-1",),
        ),
    )
