# SPDX-License-Identifier: GPL-3.0-or-later
"""Large requests from outside to the NodePort hang.

The second case study: the client's packets are up to 1450 bytes, the way behind node-1 leads through a tunnel of 1440,
and the message that would tell the client so is dropped by a firewall on node-1.
"""

from __future__ import annotations

import json

from podnet_lab.config import OUTSIDE, node_address
from podnet_lab.faults import Context, Fault, Truth

NODE, OTHER = "node-1", "node-2"
DEVICE = "tunl1"
MTU = 1440
PORT = 30080
ENDS = {NODE: "192.0.2.129/30", OTHER: "192.0.2.130/30"}
SILENCE = ["OUTPUT", "-p", "icmp", "--icmp-type", "fragmentation-needed", "-j", "DROP"]
POST = (
    "import http.client, sys; c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=3); "
    "c.request('POST', '/', b'x' * int(sys.argv[3])); sys.exit(c.getresponse().status != 200)"
)


class FaultClass(Fault):
    """A 1440-byte tunnel between node-1 and the only web pod, and no "fragmentation needed" from node-1."""

    about = "a 1440-byte tunnel behind node-1 swallows large packets to the NodePort"
    changes_pods = True
    truth = Truth(
        id="path-mtu-blackhole",
        location={"node": NODE, "device": DEVICE},
        source="host:outside",
        destination=f"node:{NODE}",
        port=PORT,
    )

    def inject(self, lab: Context) -> None:
        _place(lab, {"kubernetes.io/hostname": OTHER}, 1)
        for node, other in ((NODE, OTHER), (OTHER, NODE)):
            lab.exec_in(node, ["ip", "link", "delete", DEVICE], check=False)
            lab.exec_in(
                node,
                [
                    "ip",
                    "link",
                    "add",
                    DEVICE,
                    "mtu",
                    str(MTU),
                    "type",
                    "vxlan",
                    "id",
                    "1440",
                    "dstport",
                    "4789",
                    "local",
                    node_address(node),
                    "remote",
                    node_address(other),
                    "dev",
                    "eth0",
                ],
            )
            lab.exec_in(node, ["ip", "address", "add", ENDS[node], "dev", DEVICE])
            lab.exec_in(node, ["ip", "link", "set", DEVICE, "up"])
        address = lab.pods("app=web")[0]["status"]["podIP"]
        gateway = ENDS[OTHER].partition("/")[0]
        lab.exec_in(NODE, ["ip", "route", "replace", f"{address}/32", "via", gateway, "dev", DEVICE])
        lab.exec_in(NODE, ["iptables", "-I", *SILENCE])

    def bites(self, lab: Context) -> bool:
        return _posts(lab, 1) and not _posts(lab, 20000)

    def heal(self, lab: Context) -> None:
        for node in (NODE, OTHER):
            lab.exec_in(node, ["ip", "link", "delete", DEVICE], check=False)
        while lab.exec_in(NODE, ["iptables", "-D", *SILENCE], check=False).returncode == 0:
            pass
        _place(lab, None, 2)

    def healed(self, lab: Context) -> bool:
        return _posts(lab, 1) and _posts(lab, 20000)


def _posts(lab: Context, size: int) -> bool:
    argv = ["python3", "-c", POST, node_address(NODE), str(PORT), str(size)]
    return lab.exec_in(OUTSIDE, argv, check=False).returncode == 0


def _place(lab: Context, selector: dict[str, str] | None, replicas: int) -> None:
    """Where the web pods run, and how many; returns when no others are left."""
    spec = {"replicas": replicas, "template": {"spec": {"nodeSelector": selector}}}
    lab.kubectl("patch", "deployment", "web", "-p", json.dumps({"spec": spec}))
    lab.kubectl("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
    lab.wait_until(lambda: len(lab.pods("app=web")) == replicas, f"{replicas} web pods are there", 30)
