# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Services of type ExternalName are names of each other, and neither has an address."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


def _alias(name: str, of: str) -> dict[str, t.Any]:
    """A Service that is another name of a second one."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"type": "ExternalName", "externalName": f"{of}.default.svc.cluster.local"},
    }


class FaultClass(Made):
    """Two Services of type ExternalName are names of each other, and neither has an address."""

    truth = Truth(id="dns-name-missing", location={"namespace": "default"}, destination="service:default/here", port=80)
    modes = ("iptables",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "here.default.svc.cluster.local", 80, "name")
    changes = (Objects((_alias("here", "there"), _alias("there", "here"))),)
