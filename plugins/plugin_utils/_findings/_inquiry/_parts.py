# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The parts of an analysis, one after the other: each sees what those before it have found."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._cut import nothing_between
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._ends import (
    asked_port,
    dead_nodes,
    ended_connections,
    kept_from_the_api,
    names_asked,
    odd_objects,
    sick_backends,
    stopped_containers,
    unmeasured_ends,
    wrong_clocks,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._network import (
    blocked_between,
    pods_on_the_network,
    unrouted,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._packets import (
    beside_the_probes,
    between_nodes,
    check_simulation,
    follow_datagrams,
    follow_packets,
    follow_what_is_beside,
    large_packets,
    other_users,
    pod_networks,
    redirected_connections,
    set_backends_aside,
    set_pings_aside,
    silent_servers,
    tracked_flows,
    tunnel_sources,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._signs import (
    limits,
    many_packets,
    shortages,
    signs_of_causes,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import symptoms


def inquire(case: Case) -> Inquiry:
    """All causes and oddities. A part that crashes becomes an error of the analysis, not its end."""
    inquiry = Inquiry(case, symptoms(case.evidence))
    for name, part in _PARTS.items():
        try:
            part(inquiry)
        except Exception as exc:  # pylint: disable=broad-except
            inquiry.errors.append(f'Cannot apply the rules "{name}": {type(exc).__name__}: {exc}')
    return inquiry


_PARTS: t.Mapping[str, t.Callable[[Inquiry], None]] = {
    "self-check": check_simulation,
    "port": asked_port,
    "packets": follow_packets,
    "datagrams": follow_datagrams,
    "beside the question": set_pings_aside,
    "backends without their Service": follow_what_is_beside,
    "redirected": redirected_connections,
    "silent servers": silent_servers,
    "backends beside the question": set_backends_aside,
    "tracked flows": tracked_flows,
    "applications": other_users,
    "exchanges": beside_the_probes,
    "names": names_asked,
    "objects": unmeasured_ends,
    "nodes": dead_nodes,
    "sizes": large_packets,
    "pod networks": pod_networks,
    "tunnel sources": tunnel_sources,
    "network": between_nodes,
    "pods-on-the-network": pods_on_the_network,
    "blocked between": blocked_between,
    "nothing between": nothing_between,
    "unrouted": unrouted,
    "shortages": shortages,
    "dose": many_packets,
    "limits": limits,
    "backends": sick_backends,
    "ended connections": ended_connections,
    "stopped": stopped_containers,
    "kubelets": kept_from_the_api,
    "clocks": wrong_clocks,
    "signs": signs_of_causes,
    "oddities": odd_objects,
}
