# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe names 127.0.0.1, and the kubelet asks its own node instead of the pod."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"readinessProbe": {"httpGet": {"host": "127.0.0.1", "path": "/", "port": 8080}, "periodSeconds": 1}}


class FaultClass(Made):
    """A readiness probe names 127.0.0.1, and the kubelet asks its own node instead of the pod."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "local-1"},
        destination="service:default/local-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("local-1", container=PROBE), service("local-1")), running=("local-1",)),)
