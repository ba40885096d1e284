# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Addresses as numbers, kept once they were read: a simulation asks for the same few again and again."""

from __future__ import annotations

import functools
import ipaddress
import typing as t

_ALL = {4: (1 << 32) - 1, 6: (1 << 128) - 1}


@functools.lru_cache(maxsize=65536)
def number(address: str) -> int | None:
    """An IPv4 or IPv6 address as a number; None where the text is none."""
    try:
        return int(ipaddress.ip_address(address))
    except ValueError:
        return None


@functools.lru_cache(maxsize=65536)
def version(address: str) -> int | None:
    """4 or 6; None where the text is no address."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None


def text(value: int, family: int) -> str:
    """The address of a number."""
    return str(ipaddress.IPv4Address(value) if family == 4 else ipaddress.IPv6Address(value))


class Masked(t.NamedTuple):
    """A family, the bits that are compared, and which they are."""

    family: int
    value: int
    mask: int

    def holds(self, address: int, family: int) -> bool:
        """Whether an address is in it."""
        return family == self.family and address & self.mask == self.value


@functools.lru_cache(maxsize=65536)
def masked(given: str) -> Masked | None:
    """ADDRESS, ADDRESS/LENGTH or ADDRESS/MASK, whose bits need not be contiguous; None where the text is none."""
    address, slash, mask = given.partition("/")
    value, family = number(address), version(address)
    if value is None or family is None:
        return None
    every = _ALL[family]
    if not slash:
        bits: int | None = every
    elif mask.isdecimal() and len(mask) <= 3:
        length = int(mask)
        width = 32 if family == 4 else 128
        bits = every ^ ((1 << (width - length)) - 1) if length <= width else None
    else:
        bits = number(mask) if version(mask) == family else None
    return None if bits is None else Masked(family, value & bits, bits)
