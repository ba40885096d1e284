# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network wants a port that a program of the node has on loopback: it ends again and again."""

from __future__ import annotations

from podnet_lab.changes import Objects, Running
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod
from podnet_lab.servers import closing

PORT = 9400


class FaultClass(Made):
    """A pod on its node's network wants a port that a program of the node has on loopback: it ends again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "clash-1"},
        destination="pod:default/clash-1",
        port=PORT,
    )
    modes = ("nftables",)
    born_broken = True
    stay_seconds = 0
    changes = (
        Running("node-2", closing("127.0.0.1", PORT)),
        Objects((pod("clash-1", command=http_server(PORT), container={"ports": []}, hostNetwork=True),)),
        Event("clash-1", "BackOff"),
    )
