# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's pod has a rule that prohibits the port of the server, and another for its neighbour."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's pod has a rule that prohibits the port of the server, and another for its neighbour."""

    truth = Truth(
        id="policy-route-diverts",
        location={"namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        in_pod(
            "client-1",
            "ip rule add pref 60 to <web-2>/32 ipproto tcp dport 8081 blackhole\n"
            "ip rule add pref 61 to <web-2>/32 ipproto tcp dport 8000-8080 blackhole",
            "ip rule del pref 60\nip rule del pref 61",
        ),
    )
