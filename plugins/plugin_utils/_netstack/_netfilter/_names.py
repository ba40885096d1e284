# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Names that iptables and nft print in place of numbers: protocols, ports, ICMP types, TCP flags, DSCP classes."""

from __future__ import annotations

PROTOCOLS = {
    "hopopt": 0,
    "icmp": 1,
    "igmp": 2,
    "ipencap": 4,
    "ipip": 4,
    "tcp": 6,
    "egp": 8,
    "udp": 17,
    "dccp": 33,
    "ipv6": 41,
    "rsvp": 46,
    "gre": 47,
    "esp": 50,
    "ipv6-crypt": 50,
    "ah": 51,
    "ipv6-auth": 51,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "icmp6": 58,
    "ipv6-nonxt": 59,
    "ospf": 89,
    "pim": 103,
    "comp": 108,
    "ipcomp": 108,
    "vrrp": 112,
    "l2tp": 115,
    "sctp": 132,
    "ipv6-mh": 135,
    "mh": 135,
    "mobility-header": 135,
    "udplite": 136,
    "mptcp": 262,
}
# Ports that tools name where they were not told to print numbers.
_PORTS = {
    "ftp-data": 20,
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "bootps": 67,
    "bootpc": 68,
    "tftp": 69,
    "http": 80,
    "kerberos": 88,
    "ntp": 123,
    "snmp": 161,
    "bgp": 179,
    "https": 443,
    "http-alt": 8080,
}
TCP_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "ecn": 64, "cwr": 128}
ICMP = {
    "echo-reply": 0,
    "pong": 0,
    "destination-unreachable": 3,
    "source-quench": 4,
    "redirect": 5,
    "echo-request": 8,
    "ping": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "ttl-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
    "info-request": 15,
    "info-reply": 16,
    "address-mask-request": 17,
    "address-mask-reply": 18,
}
ICMPV6 = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "ttl-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "ping": 128,
    "echo-reply": 129,
    "pong": 129,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "mld-listener-done": 132,
    "mld-listener-reduction": 132,
    "nd-router-solicit": 133,
    "router-solicitation": 133,
    "nd-router-advert": 134,
    "router-advertisement": 134,
    "nd-neighbor-solicit": 135,
    "neighbour-solicitation": 135,
    "neighbor-solicitation": 135,
    "nd-neighbor-advert": 136,
    "neighbour-advertisement": 136,
    "neighbor-advertisement": 136,
    "nd-redirect": 137,
    "redirect": 137,
    "router-renumbering": 138,
    "mld2-listener-report": 143,
}
# iptables names these with their code.
_ICMP_CODES = {
    "network-unreachable": (3, 0),
    "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4),
    "source-route-failed": (3, 5),
    "network-prohibited": (3, 9),
    "host-prohibited": (3, 10),
    "communication-prohibited": (3, 13),
    "network-redirect": (5, 0),
    "host-redirect": (5, 1),
    "ttl-zero-during-transit": (11, 0),
    "ttl-zero-during-reassembly": (11, 1),
    "ip-header-bad": (12, 0),
}
_ICMPV6_CODES = {
    "no-route": (1, 0),
    "communication-prohibited": (1, 1),
    "beyond-scope": (1, 2),
    "address-unreachable": (1, 3),
    "port-unreachable": (1, 4),
    "ttl-zero-during-transit": (3, 0),
    "ttl-zero-during-reassembly": (3, 1),
    "bad-header": (4, 0),
    "unknown-header-type": (4, 1),
    "unknown-option": (4, 2),
}
_DSCP = {"be": 0, "cs0": 0, "ef": 46, "va": 44, "le": 1, "lephb": 1, "df": 0}
_DSCP.update({f"cs{number}": number * 8 for number in range(1, 8)})
_DSCP.update({f"af{cls}{drop}": cls * 8 + drop * 2 for cls in range(1, 5) for drop in range(1, 4)})


def protocol(text: str) -> int:
    """The number of a protocol."""
    known = PROTOCOLS.get(text.lower())
    return known if known is not None else int(text, 0)


def port(text: str) -> int:
    """The number of a port."""
    return int(text) if text.isdecimal() else _PORTS[text]


def tcp_flags(text: str) -> int:
    """The bits of FIN,SYN,…, ALL or NONE."""
    lowered = text.lower()
    if lowered in ("none", ""):
        return 0
    if lowered == "all":
        return 0x3F
    if lowered.startswith("0x"):
        return int(lowered, 16)
    return sum(TCP_FLAGS[part] for part in set(lowered.split(",")))


def icmp(text: str, kind: str) -> tuple[int | None, int | None]:
    """Type and code of an ICMP or ICMPv6 message; None where any will do."""
    if text in ("any", "255", "255/255"):
        return None, None
    names, codes = (ICMP, _ICMP_CODES) if kind == "icmp" else (ICMPV6, _ICMPV6_CODES)
    if text in names:
        return names[text], None
    if text in codes:
        return codes[text]
    type_, slash, code = text.partition("/")
    return int(type_, 0), int(code, 0) if slash else None


def dscp(text: str) -> int:
    """The number of a DSCP class."""
    known = _DSCP.get(text.lower())
    return known if known is not None else int(text, 0)
