# SPDX-License-Identifier: GPL-3.0-or-later
"""The upstream of a search domain says REFUSED, after which the C library asks for the name as it is."""

from __future__ import annotations

from podnet_lab.dns_responder import PORT, forwarded, responder
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The upstream of a search domain says REFUSED, after which the C library asks for the name as it is."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "web.default.svc.cluster.local", 80, "name")
    changes = (responder("refused"), forwarded("lab.example", f"203.0.113.53:{PORT}"))
