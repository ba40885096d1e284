# SPDX-License-Identifier: GPL-3.0-or-later
"""Both backends of a Service that is said to be for HTTP take connections and answer nothing."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import server
from podnet_lab.traffic import Traffic


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("mute", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """Both backends of a Service that is said to be for HTTP take connections and answer nothing."""

    truth = Truth(
        id="backend-unhealthy", location={"namespace": "default"}, destination="service:default/mute", port=9000
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:mute>", 9000, size=10)
    changes = (
        Objects(
            (
                pod("mute-1", "node-1", command=server("time.sleep(60)"), labels={"app": "mute"}),
                pod("mute-2", command=server("time.sleep(60)"), labels={"app": "mute"}),
                _service(),
            ),
            ready=("mute-1", "mute-2"),
        ),
    )
