# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""In which order to try the addresses of a name: destination address selection (RFC 6724, section 6), the rules that
matter to a pod, which has one address of a family or none.
"""

from __future__ import annotations

import ipaddress
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._dial import socket_address

# The policy table of section 2.1, longest prefix first: precedence.
_PRECEDENCE = tuple(
    (ipaddress.ip_network(network), value)
    for network, value in (
        ("::1/128", 50),
        ("::/96", 1),
        ("2001::/32", 5),
        ("2002::/16", 30),
        ("3ffe::/16", 1),
        ("fec0::/10", 1),
        ("fc00::/7", 3),
        ("::/0", 40),
    )
)


def in_order(addresses: t.Sequence[str]) -> tuple[str, ...]:
    """Those that cannot be reached from here at all come last (rule 1), then by precedence (rule 6), else as
    they came.
    """
    unique = tuple(dict.fromkeys(addresses))
    if len(unique) < 2:
        return unique
    return tuple(sorted(unique, key=lambda address: (not _has_source(address), -_precedence(address))))


def _precedence(address: str) -> int:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.version == 4:
        return 35  # as ::ffff:0:0/96
    return next(value for network, value in _PRECEDENCE if parsed in network)


def _has_source(address: str) -> bool:
    """Whether the kernel has a route and a source address; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(socket_address(address, 9))
            return True
    except OSError:
        return False
