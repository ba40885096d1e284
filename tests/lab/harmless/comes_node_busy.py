# SPDX-License-Identifier: GPL-3.0-or-later
"""A program keeps the processors of node-2 busy."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program keeps the processors of node-2 busy."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Running("node-2", "import time; print(1, flush=True); t = time.time()\nwhile time.time() - t < 600: pass"),
    )
