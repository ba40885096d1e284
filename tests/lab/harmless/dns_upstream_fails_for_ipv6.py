# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of a zone answers for IPv4 and says SERVFAIL for IPv6, which glibc passes over."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, wildcard
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server of a zone answers for IPv4 and says SERVFAIL for IPv6, which glibc passes over."""

    truth = Truth(id="", destination="outside.lab.example", port=22)
    modes = ("nftables",)
    changes_pods = True
    changes = (wildcard("198.51.100.10", other="servfail"), forwarded("lab.example", f"203.0.113.53:{PORT}"))
