# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Whether what was reached by the name of a node is that node: an inventory may lead elsewhere."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._ip_address import is_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

_HOSTNAME_LABEL = "kubernetes.io/hostname"


def another_machine(node: JsonObject, snapshot: JsonObject) -> str:
    """Why a snapshot is of another machine than the node (an object of the API); empty where it may be of this one.

    Neither by itself says so: a hostname may be overridden, and an address may be translated on its way, or lost, which
    is a fault to be found. Both together do (https://kubernetes.io/docs/concepts/architecture/nodes/#node-status)."""
    metadata, status = node["metadata"], node.get("status") or {}
    known = {str(metadata["name"]), str((metadata.get("labels") or {}).get(_HOSTNAME_LABEL) or "")}
    known |= {str(entry["address"]) for entry in status.get("addresses") or []}
    hostname = str(snapshot["hostname"])
    if _short(hostname) in {_short(name) for name in known if not is_address(name)}:
        return ""
    addresses = sorted(filter(is_address, known))
    if not addresses or set(addresses) & set(_addresses_of(snapshot)):
        return ""
    return (
        f"it leads to another machine, which calls itself {hostname} and has none of the addresses of "
        f"{metadata['name']} ({', '.join(addresses)})"
    )


def _short(name: str) -> str:
    return name.lower().partition(".")[0]


def _addresses_of(snapshot: JsonObject) -> t.Iterator[str]:
    for netns in snapshot["netns"]:
        if netns["id"] == "host":
            for link in netns["links"] or []:
                yield from (str(entry["address"]) for entry in link["addresses"])
