# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lost its record of given addresses, and a new pod got the one of a pod that runs.

Public report: kubernetes/kubernetes#43910, containernetworking/plugins#146.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, serving

LEASES = "/var/lib/cni/networks/cbr0"
# The plugin gives the next address after the last one that it gave.
LOSE = "import ipaddress, sys; at, old = sys.argv[1:]; open(at, 'w').write(str(ipaddress.ip_address(old) - 1))"


class FaultClass(Made):
    """node-2 lost its record of given addresses, and a new pod got the one of a pod that runs."""

    truth = Truth(id="duplicate-address", location={"node": "node-2"}, destination="pod:default/old-1", port=8080)
    modes = ("iptables", "nftables")
    scene = (serving("old-1"),)
    changes = (
        Run(
            "node-2",
            f"""cp {LEASES}/<old-1> /run/kept-lease
            rm {LEASES}/<old-1>
            python3 -c "{LOSE}" {LEASES}/last_reserved_ip.0 <old-1>""",
            f"cp /run/kept-lease {LEASES}/<old-1>\nip neigh flush to <old-1> dev cni0",
        ),
        Objects((pod("twin-1", command=["sleep", "1000000"]),), running=("twin-1",)),
        Run("node-2", "ip neigh flush to <old-1> dev cni0"),
    )
    attempts = 4
