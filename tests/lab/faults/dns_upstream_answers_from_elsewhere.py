# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of a zone answers from another port than it is asked at, and cluster DNS takes no such answer."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, wildcard
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The server of a zone answers from another port than it is asked at, and cluster DNS takes no such answer."""

    truth = Truth(
        id="dns-upstream-failing",
        also=("udp-answer-from-elsewhere",),
        location={"namespace": "kube-system"},
        destination="outside.lab.example",
        port=22,
    )
    modes = ("nftables",)
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "outside.lab.example", 22, "name")
    changes = (wildcard("198.51.100.10", elsewhere=True), forwarded("lab.example", f"203.0.113.53:{PORT}"))
