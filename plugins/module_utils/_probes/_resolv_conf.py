# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""resolv.conf and hosts as the C library reads them: nameservers, search list, ndots (resolv.conf(5), hosts(5))."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, is_name

RESOLV_CONF = "/etc/resolv.conf"
HOSTS = "/etc/hosts"
MAX_NAMESERVERS = 3  # the C library uses no more (MAXNS)
MAX_NDOTS = 15


@dataclasses.dataclass(frozen=True)
class ResolvConf:
    """What a resolver is told. nameservers: 127.0.0.1 where the file names none, as the C library has it. use_vc: it
    asks by TCP only (RES_USEVC).
    """

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    search: tuple[str, ...] = ()
    ndots: int = 1
    use_vc: bool = False

    @classmethod
    def parse(cls, text: str) -> ResolvConf:
        nameservers: list[str] = []
        search: tuple[str, ...] = ()
        ndots = 1
        use_vc = False
        for line in text.splitlines():
            words = line.split()
            if not words or line[0] in "#;":
                continue
            if words[0] == "nameserver" and len(words) > 1 and Address.parse(words[1]):
                nameservers.append(words[1])
            elif words[0] in ("search", "domain"):
                search = tuple(word.strip(".") for word in words[1:] if is_name(word))
            elif words[0] == "options":
                ndots = _ndots(words[1:], ndots)
                use_vc = use_vc or "use-vc" in words[1:]
        return cls(tuple(nameservers[:MAX_NAMESERVERS]) or cls.nameservers, search, ndots, use_vc)

    def candidates(self, name: str) -> list[str]:
        """The full names that are asked for one after the other: a name with fewer dots than ndots goes through the
        search list first, any other is tried as it is first, one that ends in a dot is only that."""
        if name.endswith("."):
            return [name.rstrip(".")]
        searched = [f"{name}.{domain}" for domain in self.search]
        return [name, *searched] if name.count(".") >= self.ndots else [*searched, name]

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "nameservers": list(self.nameservers),
            "search": list(self.search),
            "ndots": self.ndots,
            "use_vc": self.use_vc,
        }


def _ndots(options: t.Sequence[str], default: int) -> int:
    for option in options:
        key, _colon, value = option.partition(":")
        if key == "ndots" and value.isdigit():
            default = min(int(value), MAX_NDOTS)
    return default


def in_hosts(text: str, name: str, family: int) -> Address | None:
    """The first address that a hosts file has for a name, of that family (0: any); None when it has none."""
    wanted = name.rstrip(".").lower()
    for line in text.splitlines():
        words = line.partition("#")[0].lower().split()
        if wanted in words[1:]:
            address = Address.parse(words[0])
            if address is not None and family in (0, address.family):
                return address
    return None
