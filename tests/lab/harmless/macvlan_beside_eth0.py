# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan in the server's namespace has a hardware address of its own."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan in the server's namespace has a hardware address of its own."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        in_pod(
            "web-2", "ip link add link eth0 name net1 type macvlan mode bridge\nip link set net1 up", "ip link del net1"
        ),
    )
