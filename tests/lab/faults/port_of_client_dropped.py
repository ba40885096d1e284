# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what comes from privileged ports, and the client's own program uses one."""

from __future__ import annotations

from podnet_lab.changes import Running, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import LastAnswer

CLIENT = """
import socket, struct, time
print("begins", flush=True)
while True:
    try:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.bind(("0.0.0.0", 713))
            s.settimeout(3)
            s.connect(("<web-2>", 8080))
            s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            if s.recv(100):
                open("/run/podnet-last-answer", "w").write(str(time.time()))
    except OSError:
        pass
    time.sleep(0.3)
"""


class FaultClass(Made):
    """node-2 drops what comes from privileged ports, and the client's own program uses one."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    traffic = LastAnswer("pod:default/client-1", "<web-2>", 8080)
    scene = (Running("node-1", CLIENT, pod="client-1", name="podnet-privileged"),)
    changes = (
        nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp sport < 1024 tcp dport 8080 counter drop", "-6"),
    )
