# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter upstream of cluster DNS gives 0.0.0.0 for a name, and the client asks itself."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, wildcard
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A filter upstream of cluster DNS gives 0.0.0.0 for a name, and the client asks itself."""

    truth = Truth(id="dns-answer-wrong", also=("dns-upstream-failing",), destination="outside.lab.example", port=22)
    modes = ("nftables",)
    changes_pods = True
    changes = (wildcard("0.0.0.0"), forwarded("lab.example", f"203.0.113.53:{PORT}"))
