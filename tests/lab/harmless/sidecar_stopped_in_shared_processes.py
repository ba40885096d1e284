# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of a pod share their processes, and one that nobody asks is stopped."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

STOPS = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
SECOND = {
    "name": "second",
    "image": IMAGE_PYTHON,
    "imagePullPolicy": "IfNotPresent",
    "command": ["python3", "-c", STOPS],
}
SHARED = pod("shared-1", shareProcessNamespace=True)
SHARED["spec"]["containers"].append(SECOND)


class FaultClass(Made):
    """The containers of a pod share their processes, and one that nobody asks is stopped."""

    truth = Truth(id="", destination="service:default/shared-1", port=80)
    changes = ()
    scene = (Objects((SHARED, service("shared-1")), ready=("shared-1",)),)
