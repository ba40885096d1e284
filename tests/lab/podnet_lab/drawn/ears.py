# SPDX-License-Identifier: GPL-3.0-or-later
"""What real traffic says of a conversation."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..context import Context
from ..traffic import Traffic, asked
from ..truth import Truth
from .talks import Talk

ATTEMPTS = 6
HTTP = (80, 8080, 8088, 30080)  # the ports behind which a web server is
LARGE = 1300  # bytes of an echo that every device of the lab takes
WAIT = 1.6  # seconds until what was changed shows, kube-proxy and neighbours that are asked again included


@dataclass(frozen=True)
class Ears:
    """traffic is what the question is about; echoes are small and large ones of about the same way."""

    traffic: Traffic
    echoes: tuple[Traffic, Traffic]

    def passes(self, lab: Context) -> bool:
        """Whether nothing of what was asked is lost."""
        return self.traffic.passed(lab, ATTEMPTS) == ATTEMPTS

    def lost(self, lab: Context) -> int:
        """How many of ATTEMPTS are lost: all, where large packets are and small ones pass."""
        time.sleep(WAIT)
        lost = ATTEMPTS - self.traffic.passed(lab, ATTEMPTS)
        small, large = (one.passed(lab, ATTEMPTS) for one in self.echoes)
        return lost or (ATTEMPTS if small == ATTEMPTS and not large else 0)

    def recovered(self, lab: Context) -> None:
        """Wait until the traffic passes again; entries that were learned meanwhile may take their time."""
        lab.wait_until(lambda: self.passes(lab), "it passes again", 40)


def ears(talk: Talk, truth: Truth) -> Ears:
    """The traffic of a talk's question."""
    # A connection that stands may still carry nothing.
    http = talk.protocol == "tcp" and talk.service in HTTP
    # Large packets may be lost where small ones pass; an echo is as large on its way back.
    echo = Traffic(talk.source, f"<{talk.places[-1].pod or 'web-2'}>", protocol="icmp")
    return Ears(replace(asked(truth), size=200 if http else 0), (echo, replace(echo, size=LARGE, whole=False)))
