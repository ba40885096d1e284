# SPDX-License-Identifier: GPL-3.0-or-later
"""A NIC file that says what the NIC has, and one for a NIC that is not there."""

from __future__ import annotations

from podnet_lab.changes import File
from podnet_lab.faults import Truth
from podnet_lab.made import Made

IFCFG = "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.11\nPREFIX=24\nGATEWAY=192.0.2.1\n"
NETPLAN = """network:
  version: 2
  ethernets:
    enp9s9:
      dhcp4: true
      addresses: [192.0.2.200/24]
      mtu: 9000
"""


class FaultClass(Made):
    """A NIC file that says what the NIC has, and one for a NIC that is not there."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (
        File("node-1", "/etc/sysconfig/network-scripts/ifcfg-eth0", IFCFG),
        File("node-2", "/etc/netplan/90-another.yaml", NETPLAN),
    )
