# SPDX-License-Identifier: GPL-3.0-or-later
"""The server has no way back by a rule, and node-1 drops the answers that would come."""

from __future__ import annotations

from podnet_lab.changes import in_pod, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """The server has no way back by a rule, and node-1 drops the answers that would come."""

    truth = Truth(
        id="policy-route-diverts",
        location={"namespace": "default", "pod": "client-2"},
        second=Cause("netfilter-drop", {"node": "node-1"}),
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("nftables", "host-gw")
    changes = (
        in_pod("client-2", "ip rule add pref 50 to <client-1>/32 prohibit", "ip rule del pref 50"),
        nft_chain("node-1", "bridge", "output", "ip saddr <client-2> ip daddr <client-1> drop"),
    )
