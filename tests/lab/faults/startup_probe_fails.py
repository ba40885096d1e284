# SPDX-License-Identifier: GPL-3.0-or-later
"""A startup probe asks the wrong port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A startup probe asks the wrong port."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "start-1"},
        destination="service:default/start-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "start-1",
                    container={
                        "startupProbe": {"tcpSocket": {"port": 9999}, "periodSeconds": 2, "failureThreshold": 200}
                    },
                ),
                service("start-1"),
            ),
            running=("start-1",),
        ),
    )
