# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Other addresses in place of the true ones: the same for the same, wherever it stands, and with the key the way back.

The mapping keeps prefixes (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization", ICNP 2002): two
addresses that share their first k bits share exactly k bits afterwards, so subnets stay subnets. A bit is flipped or
not by a keyed function of the true bits before it, here HMAC-SHA256. What is no host's address (multicast, broadcast,
loopback, link-local prefixes, the unspecified address) stays what it is: on the way to such a prefix no bit is flipped,
so nothing else can become one.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import typing as t

# Prefixes whose own bits stay: (bits, length, whether the rest stays, too).
_Kept = tuple[int, int, bool]


def _network(text: str, rest: bool = True) -> _Kept:
    network = ipaddress.ip_network(text)
    length = network.prefixlen
    return int(network.network_address) >> (network.max_prefixlen - length) if length else 0, length, rest


IPV4_KEPT: tuple[_Kept, ...] = tuple(
    map(_network, ("0.0.0.0/32", "127.0.0.0/8", "169.254.169.254/32", "224.0.0.0/4", "255.255.255.255/32"))
)
IPV6_KEPT: tuple[_Kept, ...] = (
    _network("::/128"),
    _network("::1/128"),
    # Its last 24 bits are those of a host's address (RFC 4291, 2.7.1).
    _network("ff02::1:ff00:0/104", rest=False),
    _network("ff00::/8"),
    _network("fe80::/10", rest=False),
)
_GROUP_BIT = 1 << 40  # of the first byte of a MAC address: sent to a group
_SOLICITED = b"\x33\x33\xff"
_TEXT = re.compile(
    r"(?<![0-9A-Fa-f:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Fa-f:])"
    r"|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9]|\.[0-9])"
    r"|(?<![0-9])(?<![0-9]-)[0-9]{1,3}(?:-[0-9]{1,3}){3}(?![0-9]|-[0-9])"
    r"|(?<![0-9A-Za-z])0x[0-9a-f]{6,8}(?![0-9a-f])"
)
_MAC_TEXT = re.compile(r"(?<![0-9A-Fa-f:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:])")
MOST_CACHED = 200_000


class Mapping:
    """One key, one direction. restore: from the other addresses back to the true ones."""

    def __init__(self, key: bytes, restore: bool = False) -> None:
        self._key = key
        self._restore = restore
        self._known: dict[bytes, bytes] = {}

    def ipv4(self, packed: bytes) -> bytes:
        """Four bytes for four bytes."""
        return self._cached(b"4", packed, lambda: self._tree(b"4", packed, IPV4_KEPT))

    def ipv6(self, packed: bytes) -> bytes:
        """Sixteen bytes for sixteen bytes."""
        return self._cached(b"6", packed, lambda: self._tree(b"6", packed, IPV6_KEPT))

    def mac(self, packed: bytes) -> bytes:
        """Six bytes for six bytes. A group's address stays, but for the part that is from a host's address."""
        return self._cached(b"m", packed, lambda: self._mac(packed))

    def text(self, text: str) -> str:
        """The addresses that stand in a text, also as in ip-10-0-3-4, and those of filters (0x0a000304)."""
        text = _MAC_TEXT.sub(lambda match: self._mac_text(match.group()), text)
        return _TEXT.sub(lambda match: self._address_text(match.group()), text)

    # -- the function ------------------------------------------------------------------------------------------
    def _cached(self, kind: bytes, packed: bytes, work: t.Callable[[], bytes]) -> bytes:
        found = self._known.get(kind + packed)
        if found is None:
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            found = self._known[kind + packed] = work()
        return found

    def _tree(self, kind: bytes, packed: bytes, kept: t.Sequence[_Kept], fixed: frozenset[int] = frozenset()) -> bytes:
        """fixed: bits, counted from the first, that are never flipped."""
        width = len(packed) * 8
        value = int.from_bytes(packed, "big")
        true = 0  # the true bits so far
        result = 0
        for place in range(width):
            bit = value >> (width - 1 - place) & 1
            flip = 0 if place in fixed or _stays(true, place, kept) else self._bit(kind, true, place)
            other = bit ^ flip
            true = true << 1 | (other if self._restore else bit)
            result = result << 1 | other
        return result.to_bytes(len(packed), "big")

    def _bit(self, kind: bytes, prefix: int, length: int) -> int:
        message = kind + bytes((length,)) + prefix.to_bytes(16, "big")
        return hmac.new(self._key, message, hashlib.sha256).digest()[0] & 1

    def _mac(self, packed: bytes) -> bytes:
        if int.from_bytes(packed, "big") & _GROUP_BIT:
            if packed[:3] != _SOLICITED:
                return packed
            return self._tree(b"s", packed, ((0x3333FF, 24, False),), frozenset(range(24)))
        # Bits 6 and 7 of the first byte say what kind of address it is (IEEE 802).
        return self._tree(b"m", packed, (), frozenset((6, 7)))

    # -- texts -------------------------------------------------------------------------------------------------
    def _mac_text(self, text: str) -> str:
        return ":".join(f"{byte:02x}" for byte in self.mac(bytes.fromhex(text.replace(":", ""))))

    def _address_text(self, text: str) -> str:
        if text.startswith("0x"):
            return f"{int.from_bytes(self.ipv4(int(text, 16).to_bytes(4, 'big')), 'big'):#x}"
        try:
            address = ipaddress.ip_address(text.replace("-", "."))
        except ValueError:
            return text
        mapped = self.ipv4(address.packed) if address.version == 4 else self.ipv6(address.packed)
        other = str(ipaddress.ip_address(mapped))
        return other.replace(".", "-") if "-" in text else other


def _stays(prefix: int, length: int, kept: t.Sequence[_Kept]) -> bool:
    """Whether the next bit after these stays: on the way to a kept prefix, or within one that stays as a whole."""
    for bits, size, rest in kept:
        if length < size:
            if bits >> (size - length) == prefix:
                return True
        elif prefix >> (length - size) == bits:
            # The first prefix of the list that has the address says what becomes of it.
            return rest
    return False
