# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Service is asked on its own port, which nobody translates: pods listen on another one."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A headless Service is asked on its own port, which nobody translates: pods listen on another one."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "db"},
        destination="service:default/db",
        port=80,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "db.default.svc.cluster.local", 80)
    changes = (Objects((pod("db-0", labels={"app": "db"}), service("db", clusterIP="None")), ready=("db-0",)),)
