# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The rules of a network namespace, as one RuleSet: both back ends of iptables, nftables of all families, ipset."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._nft_listing import ListingError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import (
    _ipset,
    _iptables,
    _ipvs,
    _nftables,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Chain,
    Chains,
    NamedSet,
    RuleSet,
    TableKey,
)

# The tables of nft that are asked for packets of an IP family (inet: of both).
_FAMILIES: t.Mapping[str, tuple[str, ...]] = {
    "ip": ("ip",),
    "ip6": ("ip6",),
    "inet": ("ip", "ip6"),
    "bridge": ("bridge",),
    "arp": ("arp",),
    "netdev": ("netdev",),
}


# Parts of a snapshot that rules come from.
PARTS = ("netfilter", "iptables", "nftables", "ipset", "ipvs")


class Rulesource(t.Protocol):
    """A network namespace, as far as its packet filters go."""

    @property
    def iptables(self) -> t.Sequence[t.Mapping[str, t.Any]]:
        """What iptables-save printed, of each family and back end."""

    @property
    def nftables(self) -> str | None:
        """What nft printed."""

    @property
    def unread(self) -> t.Mapping[str, str]:
        """Why a part could not be read, by its name."""


def compile_ruleset(namespace: Rulesource) -> RuleSet:
    """The rules of a namespace. Parts that could not be read are named in RuleSet.unread."""
    unread = [str(namespace.unread[key]) for key in PARTS if key in namespace.unread]
    parts = getattr(namespace, "netfilter", None) or {}
    ipset, ipvs = (parts.get(key) if isinstance(parts.get(key), str) else None for key in ("ipset", "ipvs"))
    return ruleset_of(namespace.iptables, namespace.nftables, ipset, unread, ipvs)


def ruleset_of(
    iptables: t.Sequence[t.Mapping[str, t.Any]],
    nftables: str | None = None,
    ipset: str | None = None,
    unread: t.Iterable[str] = (),
    ipvs: str | None = None,
) -> RuleSet:
    """The rules of the entries of a snapshot: iptables-save, nft -j, ipset save, /proc/net/ip_vs."""
    problems = list(unread)
    tables: dict[TableKey, _iptables.Table] = {}
    sets: dict[tuple[str, str, str, str], NamedSet] = {}
    nft = _nftables.Listing()
    if nftables:
        try:
            nft = _nftables.read(nftables)
        except ListingError as exc:
            problems.append(str(exc))
    orders = {(family, name): handle for family, name, handle in _nftables.tables_of(nft.items)}
    shown: set[tuple[str, str]] = set()
    for entry in iptables:
        listing = _iptables.Listing.from_entry(entry)
        if len(listing.text) > _iptables.MAX_TEXT:
            problems.append(f"the rules of {listing.backend} are too many to be read")
            continue
        for table in _iptables.tables_of(listing, orders):
            tables[table.backend, table.family, table.name] = table
            if listing.backend == _iptables.BACKENDS["nf_tables"]:
                shown.add((table.family, table.name))
    native = {chain.key: chain for chain in _nftables.chains_of(nft, orders, shown)}
    for named in (*_nftables.sets_of(nft.items), *_ipset.sets_of(ipset or "")):
        sets[named.backend, named.family, named.table, named.name] = named
    base = _based([*(chain for table in tables.values() for chain in table.based()), *native.values()])
    return RuleSet(base, Chains(native, tables), sets, tuple(problems), _ipvs.services_of(ipvs or ""))


def _based(chains: t.Iterable[Chain]) -> dict[tuple[str, str], tuple[Chain, ...]]:
    """The chains with hooks, by IP family (or bridge, arp, netdev) and hook, in the order in which they are asked."""
    found: dict[tuple[str, str], list[Chain]] = {}
    for chain in chains:
        if chain.hook is None:
            continue
        families = ("netdev",) if chain.hook in ("ingress", "egress") else _FAMILIES.get(chain.family, ())
        for family in families:
            found.setdefault((family, chain.hook), []).append(chain)
    return {
        key: tuple(sorted(each, key=lambda chain: (chain.priority or 0, -chain.order))) for key, each in found.items()
    }
