# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of a zone that cluster DNS forwards refuses its questions (REFUSED), as it does to strangers."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, responder
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The server of a zone that cluster DNS forwards refuses its questions (REFUSED), as it does to strangers."""

    truth = Truth(
        id="dns-upstream-failing", location={"namespace": "kube-system"}, destination="outside.lab.example", port=22
    )
    modes = ("nftables",)
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "outside.lab.example", 22, "name")
    changes = (responder("refused"), forwarded("lab.example", f"203.0.113.53:{PORT}"))
