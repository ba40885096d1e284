# SPDX-License-Identifier: GPL-3.0-or-later
"""A liveness probe asks a port that the container does not serve, so that the kubelet kills it again and again."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"livenessProbe": {"tcpSocket": {"port": 9999}, "periodSeconds": 1, "failureThreshold": 1}}


class FaultClass(Made):
    """A liveness probe asks a port that the container does not serve, so that the kubelet kills it again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "killed-1"},
        source="host:outside",
        destination="node:node-1",
        port=30106,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((pod("killed-1", container=PROBE), service("killed-1", type="NodePort", nodePort=30106))),
        Event("killed-1", "BackOff"),
    )
