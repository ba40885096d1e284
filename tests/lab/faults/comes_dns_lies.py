# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends a part of the questions to a DNS server that answers another address."""

from __future__ import annotations

from podnet_lab.changes import Rule, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

LIAR = """
import socket, struct
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("0.0.0.0", 5399))
print("ready", flush=True)
while True:
    data, peer = sock.recvfrom(4096)
    end = data.index(0, 12) + 5
    kind = data[end - 4:end - 2]
    answer = bytes.fromhex("c00c") + kind + bytes.fromhex("00010000001e")
    a = kind == bytes.fromhex("0001")
    body = answer + bytes.fromhex("0004") + socket.inet_aton("10.96.200.200") if a else b""
    sock.sendto(data[:2] + struct.pack(">HHHHH", 0x8580, 1, int(a), 0, 0) + data[12:end] + body, peer)
"""


class FaultClass(Made):
    """node-1 sends a part of the questions to a DNS server that answers another address."""

    truth = Truth(
        id="dns-answer-wrong",
        also=("redirect-target-missing", "netfilter-redirect"),
        location={"node": "node-1"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    traffic = Traffic("pod:default/client-1", "web.default.svc.cluster.local", 80, seconds=0.9, apart=0.02)
    attempts = 40
    lost = (3, 38)
    changes = (
        Running("node-1", LIAR),
        Rule(
            "node-1",
            "nat PREROUTING -s 10.244.0.0/16 -p udp --dport 53 "
            "-m statistic --mode random --probability 0.3 -j REDIRECT --to-ports 5399",
        ),
    )
