# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of gRPC closes connections on which somebody speaks plain HTTP."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import server

# The settings of HTTP/2 for who begins with its preface, and no word for who speaks HTTP/1.
SPEAKS = 'c.recv(65536)[:3] == b"PRI" and c.sendall(bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))'


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for gRPC."""
    item = service("calls", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "grpc"
    return item


class FaultClass(Made):
    """A server of gRPC closes connections on which somebody speaks plain HTTP."""

    truth = Truth(id="", destination="service:default/calls", port=9000)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("calls-1", command=server(SPEAKS), labels={"app": "calls"}), _service()), ready=("calls-1",)),
    )
