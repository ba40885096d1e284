# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks itself for the port that it declares, and serves another one."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod


class FaultClass(Made):
    """A pod asks itself for the port that it declares, and serves another one."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "lonely-1"},
        source="pod:default/lonely-1",
        destination="pod:default/lonely-1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("lonely-1", command=http_server(9090)),), ready=("lonely-1",)),)
