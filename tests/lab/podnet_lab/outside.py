# SPDX-License-Identifier: GPL-3.0-or-later
"""The host outside the cluster: SSH, and the DNS server that cluster DNS forwards to."""

from __future__ import annotations

from .config import DNS_UPSTREAM_ZONE, OUTSIDE
from .hosts import HostPlan, Service

COREFILE = f"""\
{DNS_UPSTREAM_ZONE}:53 {{
    hosts /etc/podnet-lab/zone {{
        ttl 30
    }}
    errors
}}
.:53 {{
    template ANY ANY {{
        rcode NXDOMAIN
    }}
    errors
}}
"""


def plan(addresses: dict[str, str]) -> HostPlan:
    """The outside host's services and files; its zone knows every host of the lab."""
    zone = "".join(f"{ip} {name}.{DNS_UPSTREAM_ZONE}\n" for name, ip in addresses.items())
    return HostPlan(
        OUTSIDE,
        [Service("dns", ("/usr/local/bin/coredns", "-conf", "/etc/podnet-lab/Corefile"))],
        {"etc/podnet-lab/Corefile": COREFILE, "etc/podnet-lab/zone": zone},
    )
