# SPDX-License-Identifier: GPL-3.0-or-later
"""A server is bound to what its own name means in its hosts file, which is 127.0.1.1.

Public report: containers/podman#10319.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod


class FaultClass(Made):
    """A server is bound to what its own name means in its hosts file, which is 127.0.1.1."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"node": "node-2", "namespace": "default", "pod": "named-3"},
        destination="pod:default/named-3",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "named-3",
                    command=http_server(address="server.example"),
                    hostAliases=[{"ip": "127.0.1.1", "hostnames": ["server.example"]}],
                ),
            ),
            ready=("named-3",),
        ),
    )
