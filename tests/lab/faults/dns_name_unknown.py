# SPDX-License-Identifier: GPL-3.0-or-later
"""A name of the cluster that nobody has: the Service is called otherwise."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A name of the cluster that nobody has: the Service is called otherwise."""

    truth = Truth(id="dns-name-missing", location={}, destination="wbe.default.svc.cluster.local", port=80)
    born_broken = True
    changes = (Run("node-1", "true"),)
