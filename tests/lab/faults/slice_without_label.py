# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without selector has a slice that does not say whose it is."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A Service without selector has a slice that does not say whose it is."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "manual-1"},
        destination="service:default/manual-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                service("manual-1", app=None),
                {**endpoints("manual-1", "<web-2>"), "metadata": {"name": "manual-1-1", "namespace": "default"}},
            )
        ),
    )
