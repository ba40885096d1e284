# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A failed pair as the variables of the playbook diagnose."""

from __future__ import annotations

import shlex

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Matrix, Pair

TARGET_PORT = "8080"
Variables = dict[str, str]


def variables(matrix: Matrix, namespace: str, pair: Pair | None, path: str) -> Variables | None:
    """From the target pod of one node to that of another, or to the node itself; None where a pod is missing."""
    if pair is None:
        return None
    source, destination = (matrix.nodes.get(name) for name in pair)
    if source is None or destination is None or source.target is None:
        return None
    found = {"diagnose_source": f"pod:{namespace}/{source.target.name}"}
    if path == "host":
        return {
            **found,
            "diagnose_destination": f"node:{destination.name}",
            "diagnose_port": "",
            "diagnose_protocol": "icmp",
        }
    if destination.target is None:
        return None
    return {
        **found,
        "diagnose_destination": f"pod:{namespace}/{destination.target.name}",
        "diagnose_port": TARGET_PORT,
        "diagnose_protocol": "tcp",
    }


def command(found: Variables | None) -> str:
    """The command that a person types, as a line of advice; "" where there is none."""
    if not found:
        return ""
    words = [
        f"-e {shlex.quote(f'{name}={value}')}"
        for name, value in found.items()
        if value and (name, value) != ("diagnose_protocol", "tcp")
    ]
    return f"$ ansible-playbook podnet.diagnostics.diagnose {' '.join(words)}"
