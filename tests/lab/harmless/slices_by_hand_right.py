# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without a selector has two slices by hand, one of them for IPv6, and no conditions."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

FOUR = {
    **endpoints("byhand", "<web-1>", "<web-2>"),
    "endpoints": [{"addresses": ["<web-1>"]}, {"addresses": ["<web-2>"], "hostname": "second"}],
}
SIX = {
    **FOUR,
    "metadata": {"name": "byhand-6", "namespace": "default", "labels": {"kubernetes.io/service-name": "byhand"}},
    "addressType": "IPv6",
    "endpoints": [{"addresses": ["2001:db8::7"], "conditions": {"ready": True}}],
}


class FaultClass(Made):
    """A Service without a selector has two slices by hand, one of them for IPv6, and no conditions."""

    truth = Truth(id="", destination="service:default/byhand", port=80)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((service("byhand", app=None), FOUR, SIX)),)
