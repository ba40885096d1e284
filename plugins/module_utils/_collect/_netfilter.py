# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Packet filter rules: iptables of both back ends, and the nftables tables that iptables cannot show.

Only listing commands run. The legacy back end is read only where it has tables (/proc/net/ip_tables_names), and
nf_tables only where the kernel has it, because asking would load the modules. A ruleset is kept whole or not at all.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns, _nft_listing
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _nft_tables, _tools
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    Namespace,
    Reader,
    ReadError,
    object_of,
    text_of,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    IptablesRules,
    Json,
    Netfilter,
    Nftables,
    NftTable,
    Problem,
)

NF_TABLES = "nf_tables"
LEGACY = "legacy"
# What nft prints of 10 000 Services is 22 MB.
MAX_RULES = 64 * 1024 * 1024
# nft needs 7 s of a processor for that, iptables-save 2 s; the snapshot has a limit of its own.
RULES_SECONDS = 30.0
# The tables that iptables-nft keeps in the families ip and ip6 (iptables(8)).
IPTABLES_TABLES = frozenset(("filter", "nat", "mangle", "raw", "security"))
NFT_FAMILY = {4: "ip", 6: "ip6"}
PREFIX = {4: "iptables", 6: "ip6tables"}
EXPLICIT = {NF_TABLES: "-nft-save", LEGACY: "-legacy-save"}
LEGACY_TABLES = {4: "ip_tables_names", 6: "ip6_tables_names"}
NO_LISTING = "nft did not print a ruleset as JSON; it may be built without it"
INCOMPATIBLE = "is incompatible, use 'nft' tool"


@dataclasses.dataclass(frozen=True)
class Programs:
    """The programs to read rules with, the preferred one first, by back end and family."""

    save: t.Mapping[tuple[str, int], t.Sequence[_tools.Tool]]
    nft: t.Sequence[_tools.Tool]
    version: str | None
    ipset: t.Sequence[_tools.Tool] = ()


def find_programs(reader: Reader, host_root: str) -> Programs:
    """Look for the programs, and tell by its version text which back end an unnamed iptables-save has."""
    save: dict[tuple[str, int], list[_tools.Tool]] = {}
    version: str | None = None
    for family, prefix in PREFIX.items():
        named = list(_explicit(reader, prefix, host_root))
        for tool in named:
            save.setdefault((_backend(tool.version), family), []).append(tool)
        for tool in _tools.find(f"{prefix}-save", host_root):
            if version is not None and any(other.origin == tool.origin for other in named):
                continue  # it is one of those
            known = _tools.version(reader, tool)
            if known is None:
                continue
            version = version or known.version
            tools = save.setdefault((_backend(known.version), family), [])
            if all(other.origin != known.origin for other in tools):
                tools.append(known)
    for tools in save.values():
        tools.sort(key=lambda tool: tool.origin == _tools.IMAGE)
    return Programs(save, _tools.find("nft", host_root), version, _tools.find("ipset", host_root))


def _explicit(reader: Reader, prefix: str, host_root: str) -> t.Iterator[_tools.Tool]:
    for backend, ending in EXPLICIT.items():
        for tool in _tools.find(prefix + ending, host_root):
            known = _tools.version(reader, tool)
            if known is not None:
                # Some print the back end only under the unnamed program.
                named = known.version if "(" in known.version else f"{known.version} ({backend})"
                yield dataclasses.replace(known, version=named)


def _backend(version: str) -> str:
    """The back end that a version text names; before 1.8 there was only legacy, and no name."""
    return NF_TABLES if f"({NF_TABLES})" in version else LEGACY


def read_netfilter(
    reader: Reader, namespace: Namespace, programs: Programs, modules: _tools.KernelModules
) -> tuple[Netfilter, list[Problem]]:
    """All rules of a namespace, and what of them could not be read."""
    problems: list[Problem] = []
    rules: list[IptablesRules] = []
    in_kernel = modules.present(NF_TABLES)
    for family in PREFIX:
        for backend in (NF_TABLES, LEGACY):
            if not (in_kernel if backend == NF_TABLES else _has_legacy_tables(namespace, family)):
                continue
            try:
                entry = _save(reader, namespace, programs, backend, family)
            except ReadError as exc:
                problems.append(exc.problem)
                continue
            if entry is not None:
                rules.append(entry)
    if in_kernel:
        try:
            nftables = _nftables(reader, namespace, programs, rules)
        except ReadError as exc:
            problems.append(exc.problem)
            nftables = Nftables(None, [], None)
    else:
        nftables = Nftables(None, [], "nf_tables is not loaded in this kernel")
    try:
        ipset = _ipset(reader, namespace, programs, modules, rules)
    except ReadError as exc:
        problems.append(exc.problem)
        ipset = None
    return Netfilter(rules, nftables, ipset, _ipvs(namespace)), problems


def _has_legacy_tables(namespace: Namespace, family: int) -> bool:
    try:
        with open(f"{namespace.proc}/net/{LEGACY_TABLES[family]}", encoding="ascii", errors="replace") as stream:
            return bool(stream.read().strip())
    except OSError:
        return False


# -- ipset and IPVS ----------------------------------------------------------------------------------------------
def _ipset(
    reader: Reader,
    namespace: Namespace,
    programs: Programs,
    modules: _tools.KernelModules,
    rules: t.Sequence[IptablesRules],
) -> str | None:
    """The sets that rules of iptables may name; that they cannot be read matters where a rule does."""
    if not modules.present("ip_set"):
        return None
    named = any("--match-set" in entry.text for entry in rules)
    if not programs.ipset:
        if named:
            raise reader.fail("ipset", namespace, "rules name sets, and neither the node nor the image has ipset")
        return None
    try:
        text, _tool = _first(reader, "ipset", namespace, programs.ipset, ["save"])
    except ReadError:
        if named:
            raise
        return None
    return text or None


def _ipvs(namespace: Namespace) -> str | None:
    try:
        with open(f"{namespace.proc}/net/ip_vs", encoding="ascii", errors="replace") as stream:
            return stream.read(MAX_RULES) or None
    except OSError:
        return None


# -- iptables ----------------------------------------------------------------------------------------------------
def _save(reader: Reader, namespace: Namespace, programs: Programs, backend: str, family: int) -> IptablesRules | None:
    """The rules of one back end and family; None when there is no program but nft will list them."""
    tools = programs.save.get((backend, family)) or ()
    if not tools:
        if backend == NF_TABLES and programs.nft:
            return None
        name = f"{PREFIX[family]}-save"
        raise reader.fail(
            "iptables", namespace, f"there is no {name} of the {backend} back end, neither on the node nor in the image"
        )
    text, tool = _first(reader, "iptables", namespace, tools, ["-c"])
    return IptablesRules(backend, family, text, tool.version, tool.path, tool.origin)


def _first(
    reader: Reader, what: str, namespace: Namespace, tools: t.Sequence[_tools.Tool], arguments: t.Sequence[str]
) -> tuple[str, _tools.Tool]:
    """The output of the first program that works; the error of the first, which is the preferred one, if none does."""
    first: ReadError | None = None
    for tool in tools:
        try:
            text = reader.text(what, [*tool.argv, *arguments], namespace, RULES_SECONDS)
        except ReadError as exc:
            first = first or exc
            continue
        if len(text) > MAX_RULES:
            raise _too_large(reader, what, namespace, tool.path, len(text))
        return text, tool
    raise first or reader.fail(what, namespace, "there is no program to read them with")


def _too_large(reader: Reader, what: str, namespace: Namespace, command: str, size: int) -> ReadError:
    reason = f"{command} printed {size} characters, more than {MAX_RULES}; half a ruleset would mislead"
    return reader.fail(what, namespace, reason)


# -- nftables ----------------------------------------------------------------------------------------------------
def _nftables(reader: Reader, namespace: Namespace, programs: Programs, rules: t.Sequence[IptablesRules]) -> Nftables:
    """The tables that no iptables entry shows, each listed whole, joined into one document as nft -j prints it."""
    if not programs.nft:
        if not any(INCOMPATIBLE in entry.text for entry in rules) and _both_families(rules):
            return Nftables(None, [], "there is no nft here; the iptables entries were read")
        raise reader.fail("nftables", namespace, "there is no nft, neither on the node nor in the image")
    listed = _tables(reader, namespace, programs)
    head, found = _split(listed)
    shown = {NFT_FAMILY[entry.family]: entry.text for entry in rules if entry.backend == NF_TABLES}
    tables = [NftTable(family, name, _shown_in(family, name, shown)) for family, name in found]
    # The others are there by their names and handles, which tell in what order the kernel asks them.
    known = [item for item in listed if "table" in item]
    parts = [_json(item) for item in (*head, *(one for one, at in zip(known, tables) if at.shown_in != "nftables"))]
    for one, table in zip(known, tables):
        if table.shown_in != "nftables":
            continue
        if _nft_tables.DORMANT in (object_of(one, "table").get("flags") or ()):
            # No packet meets it; and nft 1.0 breaks off where it would print its flags as JSON.
            parts.append(_json(one))
        else:
            parts.append(_with_devices(reader, namespace, programs, _table(reader, namespace, programs, table)))
    text = f'{{"nftables":[{",".join(filter(None, parts))}]}}'
    if len(text) > MAX_RULES:
        raise _too_large(reader, "nftables", namespace, "nft", len(text))
    return Nftables(text, tables, None)


def _json(item: Json) -> str:
    return json.dumps(item, separators=(",", ":"))


def _table(reader: Reader, namespace: Namespace, programs: Programs, table: NftTable) -> str:
    """The objects of one table, as nft prints them. nft takes no name that is a word of its own language ("limits",
    "counters") or no plain word, though the kernel has such tables: those are picked from the ruleset of their family.
    """
    try:
        arguments = ["-j", "list", "table", table.family, table.name]
        text, _tool = _first(reader, "nftables", namespace, programs.nft, arguments)
        return _body(reader, namespace, text)
    except ReadError as exc:
        arguments = ["-j", "list", "ruleset", table.family]
        text, _tool = _first(reader, "nftables", namespace, programs.nft, arguments)
        found = [item for item in _objects(reader, namespace, text) if _belongs(item, table)]
        if not found:
            raise exc  # it is gone since the tables were listed, or cannot be read
        return ",".join(map(_json, found))


def _with_devices(reader: Reader, namespace: Namespace, programs: Programs, text: str) -> str:
    """The objects of a table with the devices of its chains."""
    if _OF_DEVICES.search(text) is None:
        return text
    items = _objects(reader, namespace, f'{{"nftables":[{text}]}}')
    if not any(map(lacks_device, items)):
        return text
    listing, _tool = _first(reader, "nftables", namespace, programs.nft, ["list", "chains"])
    return ",".join(_json(with_device(item, devices_of(listing))) for item in items)


def _belongs(item: Json, table: NftTable) -> bool:
    """Whether an object is a table, or stands in it."""
    for kind, value in item.items():
        if isinstance(value, dict) and value.get("family") == table.family:
            return bool(value.get("name" if kind == "table" else "table") == table.name)
    return False


def _tables(reader: Reader, namespace: Namespace, programs: Programs) -> list[Json]:
    """The tables by name and handle, as nft prints them."""
    try:
        found = _netns.call_in(namespace.pid, _nft_tables.read_tables, namespace.inode)
    except (OSError, _netns.NetnsError):
        listing, _tool = _first(reader, "nftables", namespace, programs.nft, ["-j", "list", "tables"])
        return _objects(reader, namespace, listing)
    return [{"metainfo": {"json_schema_version": 1}}, *({"table": table} for table in found)]


_OF_DEVICES = re.compile(r'"hook"\s*:\s*"(?:ingress|egress)"')
# nft before 1.0.7 leaves the devices of a chain out of its JSON, but not out of its text.
_BLOCK = re.compile(r"^\t?(table (\S+) (\S+)|chain (\S+)) \{$")
_DEVICES = re.compile(r"\bdevices? (?:= \{ ([^}]*) \}|(\S+)) ")


def lacks_device(item: Json) -> bool:
    """Whether an object is a chain of devices that are not named."""
    chain = object_of(item, "chain")
    return chain.get("hook") in ("ingress", "egress") and not chain.get("dev")


def devices_of(listing: str) -> dict[tuple[str, str, str], list[str]]:
    """The devices of chains, by family, table and chain, from what nft list chains prints."""
    found: dict[tuple[str, str, str], list[str]] = {}
    table, chain = ("", ""), ""
    for line in listing.splitlines():
        block = _BLOCK.match(line)
        if block and block.group(2):
            table = (block.group(2), block.group(3))
        elif block:
            chain = block.group(4)
        devices = _DEVICES.search(line) if " hook " in line else None
        if devices:
            names = (devices.group(1) or devices.group(2)).split(",")
            found[table[0], table[1], chain] = [name.strip().strip('"') for name in names]
    return found


def with_device(item: Json, devices: t.Mapping[tuple[str, str, str], list[str]]) -> Json:
    """The object with its devices, where they are known."""
    if not lacks_device(item):
        return item
    chain = object_of(item, "chain")
    key = (text_of(chain, "family") or "", text_of(chain, "table") or "", text_of(chain, "name") or "")
    return {"chain": {**chain, "dev": devices[key]}} if key in devices else item


def _both_families(rules: t.Sequence[IptablesRules]) -> bool:
    return {entry.family for entry in rules if entry.backend == NF_TABLES} == set(PREFIX)


def _shown_in(family: str, name: str, shown: t.Mapping[str, str]) -> str:
    text = shown.get(family)
    if text is None or name not in IPTABLES_TABLES or f"`{name}' {INCOMPATIBLE}" in text:
        return "nftables"
    return "iptables"


def _body(reader: Reader, namespace: Namespace, text: str) -> str:
    try:
        return _nft_listing.body(text)
    except _nft_listing.ListingError as exc:
        raise reader.fail("nftables", namespace, NO_LISTING) from exc


def _objects(reader: Reader, namespace: Namespace, text: str) -> list[Json]:
    try:
        return [item for item, _begin, _end in _nft_listing.objects(text)]
    except _nft_listing.ListingError as exc:
        raise reader.fail("nftables", namespace, NO_LISTING) from exc


def _split(items: t.Sequence[Json]) -> tuple[list[Json], list[tuple[str, str]]]:
    """The metainfo object, and family and name of each table."""
    head = [item for item in items if "metainfo" in item]
    found = [object_of(item, "table") for item in items if "table" in item]
    return head, [(text_of(table, "family") or "", text_of(table, "name") or "") for table in found]
