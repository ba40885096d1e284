# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 keeps a hundred addresses for containers that are gone, and has as many free ones."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """node-2 keeps a hundred addresses for containers that are gone, and has as many free ones."""

    truth = Truth(id="", destination="pod:default/fresh-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Run(
            "node-2",
            "sh -c 'cd /var/lib/cni/networks/cbr0 && for i in $(seq 100 200); do "
            "[ -e 10.244.2.$i ] || echo gone > 10.244.2.$i; done'",
            "sh -c 'cd /var/lib/cni/networks/cbr0 && grep -lx gone 10.244.2.* | xargs -r rm'",
        ),
        Objects((pod("fresh-1"),), ready=("fresh-1",)),
    )
