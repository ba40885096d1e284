# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes drop a class of service that nobody's packets have."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """Both nodes drop a class of service that nobody's packets have."""

    truth = Truth(id="", destination="pod:default/echo-1", port=5353, protocol="udp")
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (
        Rule("node-1", "mangle FORWARD -m dscp --dscp 46 -j DROP"),
        Rule("node-2", "mangle FORWARD -m dscp --dscp 46 -j DROP"),
    )
