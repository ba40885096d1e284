# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 refuses a part of the connections to another port, and links of others come and go."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

FLAP = """
import subprocess, time
print("ready", flush=True)
subprocess.run("ip link add pnidle type veth peer name pnidle-b".split())
subprocess.run("ip link set pnidle-b up".split())
while True:
    subprocess.run("ip link set pnidle up".split())
    subprocess.run("ip route replace 198.51.100.77/32 dev pnidle".split())
    time.sleep(0.3)
    subprocess.run("ip link set pnidle down".split())
    time.sleep(0.3)
"""


class FaultClass(Made):
    """node-2 refuses a part of the connections to another port, and links of others come and go."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -p tcp --dport 9999 -m statistic --mode random --probability 0.5 -j REJECT"),
        Run("node-2", "true", "ip link del pnidle"),
        Running("node-2", FLAP),
    )
