# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""NICs as the node's files mean them (ifcfg, netplan, networkd, NetworkManager, ifupdown: one record for all five)."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, NicConfig, Node


@dataclasses.dataclass(frozen=True)
class Drift:
    """What a NIC lacks of what its file wants."""

    config: NicConfig
    link: Link
    lacks: tuple[str, ...]


def conflicts(node: Node) -> t.Iterator[tuple[NicConfig, Link]]:
    """NICs that their files want both static and by DHCP."""
    for config, link in _configured(node):
        if config.dhcp and config.static:
            yield config, link


def drifts(node: Node) -> t.Iterator[Drift]:
    """NICs that lack a static address or the MTU of their file: they will change at the next restart."""
    for config, link in _configured(node):
        if config.dhcp and config.static:
            continue
        running = {entry.address for entry in link.addresses}
        lacks = [address for address in config.addresses if not _has(running, address)]
        if config.mtu and config.mtu != link.mtu:
            lacks.append(f"MTU {config.mtu} (it runs with {link.mtu})")
        if lacks:
            yield Drift(config, link, tuple(lacks))


def surplus(config: NicConfig, link: Link) -> str:
    """An address that runs and that the file does not name."""
    wanted = {address.partition("/")[0] for address in config.addresses}
    running = [entry for entry in link.addresses if entry.family == 4 and entry.scope == "global"]
    return next((f"{entry.address}/{entry.prefix}" for entry in running if entry.address not in wanted), "ADDRESS")


def _configured(node: Node) -> t.Iterator[tuple[NicConfig, Link]]:
    for config in node.nic_configs:
        link = node.host.links.get(config.device or "")
        if link is not None:
            yield config, link


def _has(running: set[str], address: str) -> bool:
    try:
        return str(ipaddress.ip_interface(address).ip) in running
    except ValueError:
        return True
