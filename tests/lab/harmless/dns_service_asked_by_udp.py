# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS is asked by UDP, as programs ask it."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """The Service of cluster DNS is asked by UDP, as programs ask it."""

    truth = Truth(id="", destination="service:kube-system/kube-dns", port=53, protocol="udp")
    modes = ("nftables", "host-gw")
    traffic = Questions("pod:default/client-1", "<service:kube-system/kube-dns>")
