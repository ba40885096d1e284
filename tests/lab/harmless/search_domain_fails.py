# SPDX-License-Identifier: GPL-3.0-or-later
"""The upstream of a search domain says SERVFAIL, after which the C library goes on."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, responder
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The upstream of a search domain says SERVFAIL, after which the C library goes on."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    changes_pods = True
    changes = (responder("servfail"), forwarded("lab.example", f"203.0.113.53:{PORT}"))
