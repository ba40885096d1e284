# SPDX-License-Identifier: GPL-3.0-or-later
"""A program takes its port from a variable, which Kubernetes sets to the address of a Service, and ends.

Public report: osixia/container-openldap#457, lmenezes/cerebro#441.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, pod, service

SERVER = "import os, time; time.sleep(1)\n" + HTTP.replace("%d", "int(os.environ.get('LDAP_PORT', '8080'))").replace(
    '"%s"', '"0.0.0.0"'
)


class FaultClass(Made):
    """A program takes its port from a variable, which Kubernetes sets to the address of a Service, and ends."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "ldap-1"},
        destination="service:default/ldap",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((service("ldap"),)),
        Objects((pod("ldap-1", command=["python3", "-c", SERVER], labels={"app": "ldap"}),)),
        Event("ldap-1", "BackOff"),
    )
