# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The second look at the API, at the end of a run: the endpoints of the Service that was asked for."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster import read_endpoints
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle


def look_again(bundle: Bundle, connect: t.Callable[[], Kube]) -> None:
    """Keep the EndpointSlices as they are now; an API that does not answer leaves nothing, and no failure."""
    service = (bundle.plan().get("destination") or {}).get("service")
    if not service or bundle.manifest().get("sealed") or bundle.endpoints() is not None:
        return
    try:
        bundle.write_json(bundle.ENDPOINTS, read_endpoints(connect(), service["namespace"], service["name"]))
    except KubeError as exc:
        bundle.add_event("controller", "endpoints", "error", str(exc))
