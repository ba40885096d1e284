# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of node-2 gives each new pod the hardware address that somebody wrote for one."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

FILE = "/etc/cni/net.d/10-flannel.conflist"
CHAINED = Run(
    "node-2",
    f"""cp {FILE} /run/10-flannel.conflist
    cp /usr/lib/cni/tuning /opt/cni/bin/tuning
    sed -i 's/"type": "portmap",/"type": "tuning", "mac": "0a:58:0a:f4:02:63" }}, {{ "type": "portmap",/' {FILE}
    sleep 1""",
    f"""cp /run/10-flannel.conflist {FILE}
    rm -f /opt/cni/bin/tuning""",
)
TALKS = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
while True:
    s.sendto(b"x", ("10.244.2.1", 9))
    time.sleep(0.01)
"""


class FaultClass(Made):
    """A plugin of node-2 gives each new pod the hardware address that somebody wrote for one."""

    truth = Truth(id="duplicate-address", location={"node": "node-2"}, destination="pod:default/cloned-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    changes = (
        CHAINED,
        Objects((pod("cloned-1"), pod("cloned-2")), ready=("cloned-1", "cloned-2")),
        Running("node-2", TALKS, pod="cloned-2"),
    )
