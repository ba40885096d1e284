# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Addresses and prefixes as numbers: look-ups ask for thousands of them, and objects are slow."""

from __future__ import annotations

import functools
import ipaddress

# Bits of an address.
BITS = {4: 32, 6: 128}


@functools.lru_cache(maxsize=65536)
def number(address: str) -> tuple[int, int] | None:
    """Family (4 or 6) and value of an address, None when it is none. A scope (%eth0) is left out."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return parsed.version, int(parsed)


@functools.lru_cache(maxsize=65536)
def prefix(text: str) -> tuple[int, int, int] | None:
    """Family, first address and length of a prefix, None when it is none."""
    try:
        parsed = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return parsed.version, int(parsed.network_address), parsed.prefixlen


def covers(network: str, address: str) -> bool:
    """Whether an address is in a prefix."""
    found, wanted = prefix(network), number(address)
    if found is None or wanted is None or found[0] != wanted[0]:
        return False
    shift = BITS[found[0]] - found[2]
    return wanted[1] >> shift == found[1] >> shift


@functools.lru_cache(maxsize=65536)
def kind(address: str) -> str:
    """loopback, multicast, limited-broadcast, zero, link-local or unicast."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unicast"
    if parsed.is_loopback:
        return "loopback"
    if parsed.is_multicast:
        return "multicast"
    if parsed.version == 4 and int(parsed) == 0xFFFFFFFF:
        return "limited-broadcast"
    if int(parsed) == 0 or (parsed.version == 4 and int(parsed) >> 24 == 0):
        return "zero"
    return "link-local" if parsed.is_link_local else "unicast"


def unmapped(address: str) -> str:
    """The IPv4 address that an address of IPv6 stands for (RFC 4291, 2.5.5.2); any other one as it is."""
    inner = address.lower().removeprefix("::ffff:")
    return inner if "." in inner else address


@functools.lru_cache(maxsize=4096)
def is_group(mac: str) -> bool:
    """Whether a MAC address is a multicast or broadcast one: the lowest bit of its first byte (IEEE 802)."""
    try:
        return bool(int(mac[:2], 16) & 1)
    except ValueError:
        return False
