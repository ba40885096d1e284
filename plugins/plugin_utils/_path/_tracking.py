# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What conntrack of a namespace knows before the first simulated packet."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking


def initial(namespace: Namespace) -> Tracking:
    """The table as it was collected; empty where it was not."""
    return t.cast(Tracking, namespace.compiled("tracking", lambda each: Tracking()))
