# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about NICs: what their files want against what runs, and what that does to the tunnel."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._path_breaks import path_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    POSSIBLE,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, NicConfig, Node


def nic_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """On every node that was read."""
    for node in evidence.nodes.values():
        for config in node.nic_configs:
            link = node.host.links.get(config.device or "")
            if link is None:
                continue
            if config.dhcp and config.static:
                yield _both(evidence, node, config, link)
            else:
                yield from _drift(node, config, link)


def _both(evidence: Evidence, node: Node, config: NicConfig, link: Link) -> Finding:
    """Static and by DHCP on one interface: a fault where the tunnel took the address that nobody expects."""
    ref = f"nodes/{node.name}.json.gz"
    running = [entry for entry in link.addresses if entry.family == 4 and entry.scope == "global"]
    shown = ", ".join(f"{entry.address}/{entry.prefix}" + (" (leased)" if entry.dynamic else "") for entry in running)
    expected = evidence.node_addresses(node.name)
    tunnels = [
        other
        for other in node.host.links.values()
        if other.vxlan
        and other.vxlan.local
        and expected
        and other.vxlan.local not in expected
        and other.vxlan.local in [entry.address for entry in running]
    ]
    proofs = [
        Proof(
            "config",
            ref,
            (
                f"{config.path}: BOOTPROTO asks for DHCP, and there is a static address "
                f"({', '.join(config.addresses) or 'given'})"
                if config.path.find("ifcfg") >= 0
                else f"{config.path}: DHCP, and the static address {', '.join(config.addresses)}"
            ),
        ),
        Proof("config", ref, f"{link.name} has {len(running)} addresses: {shown}"),
    ]
    for tunnel in tunnels:
        local = tunnel.vxlan.local if tunnel.vxlan else None
        proofs.append(
            Proof(
                "config",
                ref,
                f"{tunnel.name} sends from {local}; the other nodes know {node.name} as {' or '.join(expected)}",
            )
        )
    harm = _broken_tunnel(evidence, node) if tunnels else None
    if harm is not None:
        severity, confidence = CRITICAL, harm.confidence
        proofs += [proof for proof in harm.evidence if proof.kind != "config"]
    else:
        severity, confidence = INFO, LIKELY if len(running) > 1 else POSSIBLE
    return Finding(
        "nic-static-and-dhcp",
        severity,
        confidence,
        "A NIC is configured both static and by DHCP",
        Location(node=node.name, device=link.name),
        f"{link.name} gets its address either from {config.path} or by DHCP",
        f"{link.name} gets both: {shown}",
        tuple(proofs),
        f"In `{config.path}` keep one of the two, for a node normally the static address (`BOOTPROTO=none`). Then"
        f" remove the other address and restart the network and the CNI agent on {node.name}:\n$ ip address del"
        f" {_surplus(config, running)} dev {link.name}",
    )


def _broken_tunnel(evidence: Evidence, node: Node) -> Finding | None:
    """The tunnel of this node that really stops the packets asked about; its proof is the cause's too."""
    return next(
        (
            finding
            for finding in path_findings(evidence)
            if finding.id == "tunnel-source-mismatch" and finding.location.node == node.name
        ),
        None,
    )


def _surplus(config: NicConfig, running: t.Sequence[t.Any]) -> str:
    """The address that the file does not name."""
    wanted = {address.partition("/")[0] for address in config.addresses}
    return next((f"{entry.address}/{entry.prefix}" for entry in running if entry.address not in wanted), "ADDRESS")


def _drift(node: Node, config: NicConfig, link: Link) -> t.Iterator[Finding]:
    """A static address or MTU in the file that the NIC does not have: it will change at the next restart."""
    running = {entry.address for entry in link.addresses}
    missing = [address for address in config.addresses if not _has(running, address)]
    if config.mtu and config.mtu != link.mtu:
        missing.append(f"MTU {config.mtu} (it runs with {link.mtu})")
    if missing:
        yield Finding(
            "nic-config-drift",
            INFO,
            LIKELY,
            "A NIC does not run as its file says",
            Location(node=node.name, device=link.name),
            f"{link.name} runs as {config.path} says",
            f"{link.name} lacks {', '.join(missing)}",
            (Proof("config", f"nodes/{node.name}.json.gz", f"{config.path} against {link.name}"),),
            f"Correct {config.path}, or apply it, before the next restart does.",
        )


def _has(running: set[str], address: str) -> bool:
    try:
        return str(ipaddress.ip_interface(address).ip) in running
    except ValueError:
        return True
