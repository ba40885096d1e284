# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket has a filter that drops what it receives."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import array, socket, struct, time
s = socket.create_server(("0.0.0.0", 8080))
code = array.array("B", struct.pack("HBBI", 6, 0, 0, 0))
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", 1, code.buffer_info()[0]))
time.sleep(10**9)
"""


class FaultClass(Made):
    """The server's socket has a filter that drops what it receives."""

    truth = Truth(
        id="socket-filter-drop",
        location={"namespace": "default", "pod": "filter-1"},
        destination="pod:default/filter-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        serving("filter-1", command=["python3", "-c", PROGRAM], container={"securityContext": {"privileged": True}}),
    )
