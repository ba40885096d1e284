# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the probes of a path mean together.

A path is `ok`, `down` (nothing comes back), `http` (packets come back, HTTP fails), `icmp` (HTTP passes, ICMP is
filtered) or `unknown`. A refused connection and a wrong answer come back over a network that works.
"""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    OK,
    Address,
    Matrix,
    Node,
    Sighting,
)

GOOD, DOWN, HTTP, ICMP, NOTHING = "ok", "down", "http", "icmp", "unknown"
_WORST_FIRST = (DOWN, HTTP, ICMP, NOTHING, GOOD)
_ANSWERED = frozenset(("refused", "wrong_pod", "bad_reply"))


def address_link(address: Address) -> str:
    """The meaning of the two probes of one address."""
    icmp, http = address.icmp, address.http
    if http.state == OK:
        return ICMP if icmp.state == FAILED else GOOD
    if http.state == FAILED:
        came_back = icmp.state == OK or http.reason in _ANSWERED
        return HTTP if came_back else DOWN
    return GOOD if icmp.state == OK else NOTHING


def link(sighting: Sighting | None, path: str) -> str:
    """The meaning of all addresses of a path: the worst of them, and unknown only if none is known."""
    if sighting is None:
        return NOTHING
    found = {address_link(address) for address in sighting.path(path)}
    if found == {GOOD, NOTHING}:
        return GOOD
    return next((word for word in _WORST_FIRST if word in found), NOTHING)


Links = dict[tuple[str, str], str]


def links(matrix: Matrix, path: str) -> Links:
    """The known links between different nodes that are judged. That a pod which is not Ready does not answer says
    nothing about
    the network: then its link is not known."""
    judged = set(matrix.judged())
    not_ready = {name for name in judged if path == "endpoint" and not _is_ready(matrix.nodes[name])}
    found = {}
    for pair, sighting in matrix.seen.items():
        source, destination = pair
        if source != destination and source in judged and destination in judged:
            word = link(sighting, path)
            if word != NOTHING and not (destination in not_ready and word in (DOWN, HTTP)):
                found[pair] = word
    return found


def _is_ready(node: Node) -> bool:
    return bool(node.target and node.target.ready)
