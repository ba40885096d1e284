# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container has to do after its start takes very long, and the kubelet waits for it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

HOOK = {"lifecycle": {"postStart": {"exec": {"command": ["sleep", "45"]}}}}


class FaultClass(Made):
    """What a container has to do after its start takes very long, and the kubelet waits for it."""

    truth = Truth(
        id="pod-not-ready",
        also=("container-not-ready",),
        location={"namespace": "default", "pod": "hooked-1"},
        destination="service:default/hooked-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    # Its kubelet waits for the command, also before it takes the pod away.
    changes = (Objects((pod("hooked-1", container=HOOK, terminationGracePeriodSeconds=1), service("hooked-1"))),)
