# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Addresses and prefixes as configuration files write them."""

from __future__ import annotations

import ipaddress
import typing as t


def with_prefix(address: str, prefix: str | None = None) -> str:
    """ADDRESS/LENGTH from an address, with its length in it or as a number or netmask beside it; ValueError if bad.

    Without any length the address alone: what a program would then assume depends on the program.
    """
    text = address if "/" in address or not prefix else f"{address}/{prefix}"
    interface = ipaddress.ip_interface(text)
    return str(interface) if "/" in text else str(interface.ip)


def family_of(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def conflicts(addresses: t.Iterable[str], dhcp4: bool, dhcp6: bool) -> list[int]:
    """The address families that an interface gets by DHCP and by fixed addresses both."""
    static = {family_of(address) for address in addresses}
    return [family for family, dhcp in ((4, dhcp4), (6, dhcp6)) if dhcp and family in static]


def method_of(addresses: t.Sequence[str], dhcp: bool) -> str:
    """dhcp, static or none."""
    if dhcp:
        return "dhcp"
    return "static" if addresses else "none"
