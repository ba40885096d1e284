# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI network of node-2 has another name: its record of addresses begins anew, and one is given twice."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, serving

CONFIGURATION = "/etc/cni/net.d/10-flannel.conflist"
BEFORE = "import ipaddress, sys; at, old = sys.argv[1:]; open(at, 'w').write(str(ipaddress.ip_address(old) - 1))"


class FaultClass(Made):
    """The CNI network of node-2 has another name: its record of addresses begins anew, and one is given twice."""

    truth = Truth(id="duplicate-address", location={"node": "node-2"}, destination="pod:default/early-1", port=8080)
    modes = ("nftables",)
    scene = (serving("early-1"),)
    changes = (
        # The twin answers for the address until its namespace is gone, a moment after its object.
        Run("node-2", "true <early-1>", "sleep 4\nip neigh flush to <early-1> dev cni0"),
        Run(
            "node-2",
            f"""cp {CONFIGURATION} /run/10-flannel.conflist
            mkdir -p /var/lib/cni/networks/pods
            python3 -c "{BEFORE}" /var/lib/cni/networks/pods/last_reserved_ip.0 <early-1>
            sed -i s/cbr0/pods/ {CONFIGURATION}""",
            f"""cp /run/10-flannel.conflist {CONFIGURATION}
            rm -rf /var/lib/cni/networks/pods""",
        ),
        Objects((pod("twin-2", command=["sleep", "1000000"]),), running=("twin-2",)),
        Run("node-2", "ip neigh flush to <early-1> dev cni0"),
    )
    attempts = 4
