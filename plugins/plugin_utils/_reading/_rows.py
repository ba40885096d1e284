# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Who claims which Service address: an index of short rows, so that of all Services only those asked for are read."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

# "80:30080/TCP", or without a node port "443/TCP".
_PORT = re.compile(r"(?P<port>\d+)(?::(?P<node_port>\d+))?/(?P<protocol>[A-Za-z]+)")
_COLUMNS = ("Name", "Cluster-IP", "External-IP", "Port(s)")
_NO_ADDRESS = ("", "None", "<none>", "<pending>", "<unknown>")


@dataclasses.dataclass(frozen=True)
class ServiceRow:
    """One Service. A row does not say its namespace, nor of cluster addresses more than the first."""

    name: str
    addresses: frozenset[str]
    cluster_ip: str
    node_ports: frozenset[tuple[int, str]]


def service_rows(answer: JsonObject) -> list[ServiceRow]:
    """The rows of the Table that the API server makes of all Services; of a list, from a server that makes no tables.

    Source: printService in pkg/printers/internalversion/printers.go of Kubernetes; External-IP holds externalIPs and
    what a load balancer was given.
    """
    if answer.get("kind") != "Table":
        return [_of_object(item) for item in answer.get("items") or []]
    names = [column.get("name") for column in answer.get("columnDefinitions") or []]
    places = [names.index(column) if column in names else None for column in _COLUMNS]
    rows = []
    for row in answer.get("rows") or []:
        cells = row.get("cells") or []
        name, cluster_ip, external, ports = (
            str(cells[place]) if place is not None and place < len(cells) else "" for place in places
        )
        found = [cluster_ip, *external.split(",")]
        rows.append(
            ServiceRow(
                name,
                frozenset(text for text in found if text not in _NO_ADDRESS),
                cluster_ip,
                frozenset(
                    (int(one["node_port"]), one["protocol"].lower())
                    for one in _PORT.finditer(ports)
                    if one["node_port"]
                ),
            )
        )
    return rows


def _of_object(item: JsonObject) -> ServiceRow:
    spec = item.get("spec") or {}
    ingress = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    found = [
        spec.get("clusterIP"),
        *(spec.get("clusterIPs") or []),
        *(spec.get("externalIPs") or []),
        *(entry.get("ip") for entry in ingress),
    ]
    return ServiceRow(
        str(item["metadata"]["name"]),
        frozenset(text for text in found if text and text not in _NO_ADDRESS),
        str(spec.get("clusterIP") or ""),
        frozenset(
            (int(port["nodePort"]), str(port.get("protocol") or "TCP").lower())
            for port in spec.get("ports") or []
            if port.get("nodePort")
        ),
    )
