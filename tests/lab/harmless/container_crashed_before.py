# SPDX-License-Identifier: GPL-3.0-or-later
"""A container has crashed once, and serves since."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, pod, service

TRIES = f"""
import os, sys
if not os.path.exists("/kept/tried"):
    open("/kept/tried", "w").close()
    sys.exit("no database yet")
{HTTP % ("0.0.0.0", 8080)}"""
MOUNT = {"volumeMounts": [{"name": "kept", "mountPath": "/kept"}]}
VOLUMES = [{"name": "kept", "emptyDir": {}}]


class FaultClass(Made):
    """A container has crashed once, and serves since."""

    truth = Truth(id="", destination="service:default/tried-1", port=80)
    scene = (
        Objects(
            (pod("tried-1", command=["python3", "-c", TRIES], container=MOUNT, volumes=VOLUMES), service("tried-1"))
        ),
    )
    settle_seconds = 60
