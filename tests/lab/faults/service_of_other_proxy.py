# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has the label that gives it to another proxy than kube-proxy, and there is none."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


def labelled(proxy: str | None) -> dict[str, object]:
    """The patch that gives a Service to a proxy, or back to kube-proxy."""
    return {"metadata": {"labels": {"service.kubernetes.io/service-proxy-name": proxy}}}


class FaultClass(Made):
    """A Service has the label that gives it to another proxy than kube-proxy, and there is none."""

    truth = Truth(
        id="kube-proxy-rules-stale",
        location={"namespace": "default", "service": "mesh-1"},
        destination="service:default/mesh-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (serving("mesh-1"), Objects((service("mesh-1"),)))
    changes = (Patched("service mesh-1", labelled("mesh"), labelled(None), kind="merge"),)
