# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod wants a host port that another pod of its node has, and the kubelet refuses it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import host_port_pod, pod
from podnet_lab.traffic import Traffic

PORTS = {"ports": [{"name": "http", "containerPort": 8080, "hostPort": 8088}]}


class FaultClass(Made):
    """A pod wants a host port that another pod of its node has, and the kubelet refuses it."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "edge-2"},
        destination="pod:default/edge-2",
        port=8080,
    )
    modes = ("host-gw",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "10.244.1.250", 8080)
    scene = (Sysctl("node-1", "net/ipv4/conf/cni0/route_localnet", "1", "0"), host_port_pod())
    changes = (Objects((pod("edge-2", "node-1", container=PORTS),)),)
