# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices of Services that are gone name the server's address with another port, and addresses of nobody."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints


class FaultClass(Made):
    """Slices of Services that are gone name the server's address with another port, and addresses of nobody."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = (
        Objects((endpoints("web-of-last-year", "<web-2>", port=9999), endpoints("web2", "10.244.2.251", "10.244.9.9"))),
    )
