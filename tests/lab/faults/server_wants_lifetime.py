# SPDX-License-Identifier: GPL-3.0-or-later
"""A server takes only packets with their whole time to live, as BGP speakers do."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import WANTS_LIFETIME, closing


class FaultClass(Made):
    """A server takes only packets with their whole time to live, as BGP speakers do."""

    truth = Truth(
        id="socket-filter-drop",
        location={"namespace": "default", "pod": "near-1"},
        destination="pod:default/near-1",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (serving("near-1", command=["python3", "-c", closing(setting=WANTS_LIFETIME)]),)
