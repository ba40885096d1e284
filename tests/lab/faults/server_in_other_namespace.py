# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that listens runs in a network namespace of its own within the pod."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, pod, service

NESTED = f"""
import ctypes, os, time
if os.fork():
    time.sleep(10**9)
ctypes.CDLL(None).unshare(0x40000000)
{HTTP % ("0.0.0.0", 8080)}"""


class FaultClass(Made):
    """The program that listens runs in a network namespace of its own within the pod."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "nested-1"},
        destination="service:default/nested-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod("nested-1", command=["python3", "-c", NESTED], container={"securityContext": {"privileged": True}}),
                service("nested-1"),
            ),
            ready=("nested-1",),
        ),
    )
