# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops handshakes by an option, and node-2's bridge does not know the server."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 drops handshakes by an option, and node-2's bridge does not know the server."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("bridge-port-detached", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        nft_chain("node-1", "inet", "forward", "ip saddr <client-1> tcp option maxseg size > 1300 drop", "-5"),
        Run(
            "node-2",
            "bridge link set dev <web-2.veth> learning off flood off\n"
            "bridge fdb del <web-2.mac> dev <web-2.veth> master",
            "bridge link set dev <web-2.veth> learning on flood on",
        ),
    )
