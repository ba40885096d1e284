# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has to ask for the hardware addresses of its pods again and again."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has to ask for the hardware addresses of its pods again and again."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Running(
            "node-2",
            "import subprocess, time; print(1, flush=True)\n"
            "while True: subprocess.run(['ip', 'neigh', 'flush', 'dev', 'cni0']); time.sleep(1)",
        ),
    )
