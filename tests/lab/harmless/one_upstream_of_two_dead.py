# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS has two upstream servers, and notices that one of them is gone."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile, Tried
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

NAME = Traffic("pod:default/client-1", "outside.lab.example", 22, "name")


class FaultClass(Made):
    """Cluster DNS has two upstream servers, and notices that one of them is gone."""

    truth = Truth(id="", destination="outside.lab.example", port=22)
    changes_pods = True
    traffic = NAME
    changes = (Corefile("forward . /etc/resolv.conf", "forward . 203.0.113.53 203.0.113.99"), Tried(NAME))
