# SPDX-License-Identifier: GPL-3.0-or-later
"""A server gets three thousandths of a processor: one request passes, more of them come late."""

from __future__ import annotations

from podnet_lab.containers import Grouped
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A server gets three thousandths of a processor: one request passes, more of them come late."""

    truth = Truth(
        id="backend-unhealthy",
        also=("process-backlog-full",),
        location={"namespace": "default", "pod": "little-1"},
        destination="pod:default/little-1",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<little-1>", 8080, size=10, seconds=0.9, apart=0.1)
    attempts = 20
    lost = (4, 20)
    scene = (serving("little-1"),)
    changes = (
        Grouped(
            "little-1",
            "cpu",
            ("cpu.cfs_period_us=1000000", "cpu.cfs_quota_us=3000", "cpu.max=3000 1000000"),
            ("cpu.cfs_quota_us=-1", "cpu.cfs_period_us=100000", "cpu.max=max 100000"),
        ),
    )
