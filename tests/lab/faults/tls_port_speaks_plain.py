# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service says that its port speaks TLS, and the server behind it speaks plain HTTP."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import TlsHello
from podnet_lab.scene import pod, service


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("plain", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "https"
    return item


class FaultClass(Made):
    """A Service says that its port speaks TLS, and the server behind it speaks plain HTTP."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "plain-1"},
        destination="service:default/plain",
        port=9000,
    )
    born_broken = True
    traffic = TlsHello("pod:default/client-1", "<service:plain>", 9000)
    changes = (Objects((pod("plain-1", labels={"app": "plain"}), _service()), ready=("plain-1",)),)
