# SPDX-License-Identifier: GPL-3.0-or-later
"""eth0 of node-1 has a static and a leased address, and the tunnel leaves from the wrong one.

The first case study: a NIC file with both an address and BOOTPROTO=dhcp gives the NIC two addresses. The tunnel takes
the leased one as its outer source, and the network between the nodes, which lets each port send from its known
address only, drops it. The lease itself is played by adding the address with a lifetime, as a DHCP client does.
"""

from __future__ import annotations

from podnet_lab.config import FABRIC, node_address
from podnet_lab.faults import Context, Fault, Truth

NODE = "node-1"
LEASED = "192.0.2.111"
FILE = "/etc/sysconfig/network-scripts/ifcfg-eth0"
IFCFG = f"""\
TYPE=Ethernet
DEVICE=eth0
NAME=eth0
ONBOOT=yes
BOOTPROTO="dhcp"
IPADDR={node_address(NODE)}
PREFIX=24
"""
GUARD = f"""\
table bridge podnet_lab_guard {{
    chain forward {{
        type filter hook forward priority 0; policy accept;
        iifname "{NODE}" ip saddr {LEASED} drop
    }}
}}
"""


class FaultClass(Fault):
    """A second, leased address on eth0 of node-1, which flannel.1 uses as its outer source."""

    about = "eth0 of node-1 is configured static and by DHCP; flannel.1 sends from the leased address"
    truth = Truth(
        id="nic-static-and-dhcp",
        explains=("tunnel-source-mismatch",),
        location={"node": NODE, "device": "eth0"},
        destination="pod:default/client-2",
        protocol="icmp",
    )

    def inject(self, lab: Context) -> None:
        lab.exec_in(NODE, ["mkdir", "-p", FILE.rpartition("/")[0]])
        lab.exec_in(NODE, ["python3", "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", FILE, IFCFG])
        lab.exec_in(
            NODE,
            ["ip", "address", "replace", f"{LEASED}/24", "dev", "eth0", "valid_lft", "86000", "preferred_lft", "86000"],
        )
        lab.exec_in(FABRIC, ["nft", GUARD])
        lab.exec_in(NODE, _tunnel_from(LEASED))

    def bites(self, lab: Context) -> bool:
        return not lab.pings("client-1", lab.pod_ip("client-2"))

    def heal(self, lab: Context) -> None:
        lab.exec_in(NODE, _tunnel_from(node_address(NODE)))
        lab.exec_in(NODE, ["ip", "address", "delete", f"{LEASED}/24", "dev", "eth0"], check=False)
        lab.exec_in(NODE, ["rm", "-f", FILE])
        lab.exec_in(FABRIC, ["nft", "delete", "table", "bridge", "podnet_lab_guard"], check=False)


def _tunnel_from(address: str) -> list[str]:
    return ["ip", "link", "set", "flannel.1", "type", "vxlan", "id", "1", "local", address, "dev", "eth0"]
