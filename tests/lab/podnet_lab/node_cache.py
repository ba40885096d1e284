# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache of names on node-1, at a link-local address as NodeLocal DNSCache has it, and a pod that asks it."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.scene import pod

_PROGRAM = """
import socket, threading
UP = ("<service:kube-system/kube-dns>", 53)
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("169.254.20.10", 53))
    def one(data, peer):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as up:
            up.settimeout(4)
            up.sendto(data, UP)
            try: s.sendto(up.recv(4096), peer)
            except OSError: pass
    print("ready", flush=True)
    while True:
        threading.Thread(target=one, args=s.recvfrom(4096), daemon=True).start()
def tcp():
    l = socket.create_server(("169.254.20.10", 53))
    def one(c):
        with c, socket.create_connection(UP, 4) as up:
            c.settimeout(4)
            up.sendall(c.recv(4096))
            c.sendall(up.recv(65536))
    while True:
        threading.Thread(target=one, args=(l.accept()[0],), daemon=True).start()
threading.Thread(target=tcp, daemon=True).start()
udp()
"""
ADDRESS = Run("node-1", "ip address add 169.254.20.10/32 dev lo", "ip address del 169.254.20.10/32 dev lo")
ASKING = pod(
    "asking-1",
    "node-1",
    dnsPolicy="None",
    dnsConfig={
        "nameservers": ["169.254.20.10"],
        "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
        "options": [{"name": "ndots", "value": "5"}],
    },
)
SERVING = Running("node-1", _PROGRAM, name="podnet-cache")
