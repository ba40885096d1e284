# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has forgotten which addresses its pods have, and a new pod is given one that is in use."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, serving

# The next address is sought behind the last one that was given.
FORGET = (
    'import ipaddress, os, sys; os.chdir("/var/lib/cni/networks/cbr0"); '
    'os.rename(sys.argv[1], "/var/lib/cni/kept-lease"); '
    'open("last_reserved_ip.0", "w").write(str(ipaddress.ip_address(sys.argv[1]) - 1))'
)


class FaultClass(Made):
    """node-2 has forgotten which addresses its pods have, and a new pod is given one that is in use."""

    truth = Truth(id="duplicate-address", location={"node": "node-2"}, destination="pod:default/first-1", port=8080)
    modes = ("iptables", "nftables")
    lost = (1, 3)
    # Which of the two answers is chance each time.
    stay_seconds = 0.0
    scene = (serving("first-1"),)
    changes = (
        Run(
            "node-2",
            f"python3 -c '{FORGET}' <first-1>",
            "mv /var/lib/cni/kept-lease /var/lib/cni/networks/cbr0/<first-1>",
        ),
        # The second pod answers a little longer than its object is there.
        Run("node-2", "true", "sleep 5\nip neigh flush to <first-1> dev cni0"),
        Objects((pod("second-1", command=["sleep", "infinity"]),), ready=("second-1",)),
        # As it happens by itself after a while.
        Run("node-2", "ip neigh flush to <first-1> dev cni0"),
    )
