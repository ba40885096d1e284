# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that runs as a user wants port 80, which the kernel gives to root: it ends again and again.

Public report: containerd/containerd#8956, #2516, coredns/coredns#6716.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

USER = {"securityContext": {"runAsUser": 1000, "capabilities": {"drop": ["ALL"]}}}


class FaultClass(Made):
    """A program that runs as a user wants port 80, which the kernel gives to root: it ends again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "low-1"},
        destination="service:default/low-1",
        port=80,
    )
    modes = ("host-gw", "iptables")
    born_broken = True
    changes = (Objects((pod("low-1", port=80, container=USER), service("low-1", target=80))), Event("low-1", "BackOff"))
