# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket has a filter that drops segments of more than 700 bytes."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

PROGRAM = """
import array, socket, struct, threading
s = socket.create_server(("0.0.0.0", 8080))
parts = [(0x80, 0, 0, 0), (0x25, 0, 1, 700), (6, 0, 0, 0), (6, 0, 0, 262144)]
code = array.array("B", b"".join(struct.pack("HBBI", *part) for part in parts))
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", len(parts), code.buffer_info()[0]))
def serve(one):
    one.settimeout(2)
    try:
        one.recv(4000)
        one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except OSError:
        pass
    one.close()
while True:
    one, peer = s.accept()
    threading.Thread(target=serve, args=(one,), daemon=True).start()
"""


class FaultClass(Made):
    """The server's socket has a filter that drops segments of more than 700 bytes."""

    truth = Truth(
        id="socket-filter-drop",
        location={"namespace": "default", "pod": "picky-1"},
        destination="pod:default/picky-1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<picky-1>", 8080, size=1100)
    changes = (
        serving("picky-1", command=["python3", "-c", PROGRAM], container={"securityContext": {"privileged": True}}),
    )
