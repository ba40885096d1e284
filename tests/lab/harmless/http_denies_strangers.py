# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service for HTTP answers 401 to who does not say who he is."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import says_http, server


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("closed", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """A Service for HTTP answers 401 to who does not say who he is."""

    truth = Truth(id="", destination="service:default/closed", port=9000)
    born_broken = True
    changes = (
        Objects(
            (pod("closed-1", command=server(says_http("401 Unauthorized")), labels={"app": "closed"}), _service()),
            ready=("closed-1",),
        ),
    )
