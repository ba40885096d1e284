# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of UDP that keeps its port, and an old entry of connection tracking for its flow."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change, Objects, Running, undo_all
from .context import Context
from .last_answer import LastAnswer, sender
from .scene import echo_server, pod, service

PORT, TARGET, SOURCE_PORT = 5300, 5353, 40123
NODE, ANSWERED = "node-1", "/run/podnet-kept-flow.answered"
SINK = Objects(
    (
        pod("sink-1", command=echo_server(TARGET), port=TARGET, labels={"app": "sink"}),
        service("sink", port=PORT, target=TARGET, protocol="UDP"),
    ),
    ready=("sink-1",),
)
CLIENT = sender("<service:sink>", PORT, SOURCE_PORT, ANSWERED)
SENDER = Running(NODE, CLIENT, pod="client-1", name="podnet-kept-flow")
FLOW = ("-p", "udp", "--orig-src", "<client-1>", "--orig-dst", "<service:sink>", "--sport", str(SOURCE_PORT))


@dataclass(frozen=True)
class OldEntry(Change):
    """The flow's entry is one that leads to a pod that is gone; sends: whether the client goes on to send."""

    to: str = "10.244.2.250"
    sends: bool = True

    def make(self, lab: Context) -> None:
        """Let the client rest while its entry is replaced."""
        SENDER.undo(lab)
        self._forget(lab)
        entry = ["-s", "<client-1>", "-d", "<service:sink>", "--sport", str(SOURCE_PORT), "--dport", str(PORT)]
        how = ["-p", "udp", *entry, "-t", "28", "--dst-nat", f"{self.to}:{TARGET}"]
        lab.exec_in(NODE, ["conntrack", "-I", *map(lab.fill, how)])
        if self.sends:
            SENDER.make(lab)

    def undo(self, lab: Context) -> None:
        """Forget the entry, so that the next packet makes another one."""
        SENDER.undo(lab)
        self._forget(lab)
        SENDER.make(lab)

    @staticmethod
    def _forget(lab: Context) -> None:
        lab.exec_in(NODE, ["conntrack", "-D", *map(lab.fill, FLOW)], check=False)


@dataclass(frozen=True)
class KeptFlow(LastAnswer):
    """The client's own flow."""

    at = NODE
    answered = ANSWERED


@dataclass(frozen=True)
class Scene(Change):
    """The Service, its pod, and the client."""

    def make(self, lab: Context) -> None:
        """Make them in that order."""
        SINK.make(lab)
        SENDER.make(lab)

    def undo(self, lab: Context) -> None:
        """Take them away."""
        undo_all(lab, (SINK, SENDER))
        lab.exec_in(NODE, ["rm", "-f", ANSWERED])
