# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks its own loopback address for a server that runs in another pod."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks its own loopback address for a server that runs in another pod."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "client-1"},
        destination="127.0.0.1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
