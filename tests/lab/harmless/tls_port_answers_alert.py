# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service for TLS answers what it does not like with an alert."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import TLS_ALERT, server


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("secure", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "https"
    return item


class FaultClass(Made):
    """A Service for TLS answers what it does not like with an alert."""

    truth = Truth(id="", destination="service:default/secure", port=9000)
    born_broken = True
    changes = (
        Objects(
            (pod("secure-1", command=server(TLS_ALERT), labels={"app": "secure"}), _service()), ready=("secure-1",)
        ),
    )
