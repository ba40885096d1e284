# SPDX-License-Identifier: GPL-3.0-or-later
"""The server takes only connections whose segments are signed."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import socket, struct, time
s = socket.create_server(("0.0.0.0", 8080))
key = b"secret"
end = struct.pack("HH4s120x", 2, 0, bytes(4))
s.setsockopt(6, 32, end + struct.pack("BBHi80s", 1, 0, len(key), 0, key))
time.sleep(10**9)
"""


class FaultClass(Made):
    """The server takes only connections whose segments are signed."""

    truth = Truth(
        id="tcp-signature-mismatch",
        location={"namespace": "default", "pod": "signed-1"},
        destination="pod:default/signed-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (serving("signed-1", command=["python3", "-c", PROGRAM]),)
