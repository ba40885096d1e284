# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service offers its port for SCTP and for UDP, and its pod serves it by TCP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

MEDIA = service("media-1", port=5000, target=5000, protocol="UDP")
MEDIA["spec"]["ports"].append({"name": "stream", "port": 5000, "targetPort": 5000, "protocol": "SCTP"})


class FaultClass(Made):
    """A Service offers its port for SCTP and for UDP, and its pod serves it by TCP."""

    truth = Truth(
        id="service-protocol-mismatch",
        location={"namespace": "default", "service": "media-1"},
        destination="service:default/media-1",
        port=5000,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("media-1", port=5000), MEDIA), ready=("media-1",)),)
