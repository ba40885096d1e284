# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is asked by the name of a port that it does not have."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service is asked by the name of a port that it does not have."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "default"},
        destination="_web._tcp.web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
