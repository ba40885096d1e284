# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A packet on its way through one namespace, and how it can leave it. Values only: a branch is another value."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import OpenSocket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Assumption,
    Disposition,
    Doubt,
    Place,
    Reason,
    Stage,
    Step,
)


@dataclasses.dataclass(frozen=True)
class State:
    """packet: as it is now; before: as it came. iif: the device that IP sees (the bridge, not its port), None for a
    packet of the namespace's own; port: the bridge's port that it came in by; slave: the device of a VRF that it came
    in by, where IP sees the VRF device.

    devices: all that it passed. asked: IP's prerouting hook was already run by the bridge. opened: the connected
    sockets. tunnels: how many packets it is wrapped in.
    """

    place: Place
    packet: Packet
    before: Packet
    tracking: Tracking
    iif: str | None = None
    port: str | None = None
    devices: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()
    asked: bool = False
    opened: tuple[OpenSocket, ...] = ()
    tunnels: int = 0
    slave: str | None = None

    def change(self, **parts: t.Any) -> State:
        """This state with other parts."""
        return dataclasses.replace(self, **parts)

    def with_packet(self, **fields: t.Any) -> State:
        """This state with other fields of the packet."""
        return dataclasses.replace(self, packet=dataclasses.replace(self.packet, **fields))

    def at(self, device: str | None) -> Place:
        """A device of this namespace as a place."""
        return dataclasses.replace(self.place, device=device)

    def step(
        self,
        stage: Stage,
        looked_at: str,
        decided: t.Any,
        text: str,
        device: str | None = None,
        reason: Reason = Reason.NONE,
        fatal: bool = False,
        led: t.Any = None,
    ) -> State:
        """This state with one more decision."""
        step = Step(stage, self.at(device), looked_at, decided, text, reason, fatal, led=led)
        return dataclasses.replace(self, steps=(*self.steps, step))

    def through(self, device: str) -> State:
        """This state behind one more device."""
        if self.devices and self.devices[-1] == device:
            return self
        return dataclasses.replace(self, devices=(*self.devices, device))

    def assume(self, text: str, taken: bool, decided: t.Any = None, doubt: Doubt = Doubt.UNKNOWN) -> State:
        """This state in the branch in which something unknown is so, or is not. Its share stays: no dice are thrown."""
        found = Assumption(self.place, text, taken, decided, doubt)
        return dataclasses.replace(self, assumptions=(*self.assumptions, found))


class Exit(enum.Enum):
    """How a packet leaves the namespace's code."""

    END = "end"
    FRAME = "frame"  # sent by a device whose other end is elsewhere
    OUTER = "outer"  # put into another packet, which this namespace sends
    INNER = "inner"  # taken out of another packet, and received by a tunnel device here


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One way that it goes on. device: that it is sent by, or received by (INNER); next_hop: who is to get a frame;
    oif: the one device by which an OUTER packet may leave.

    answers: what the kernel sends back where the packet ends, without a source where the route is to choose it.
    """

    exit: Exit
    state: State
    device: str | None = None
    next_hop: str | None = None
    disposition: Disposition = Disposition.UNKNOWN
    reason: Reason = Reason.NONE
    answers: tuple[Packet, ...] = ()
    oif: str | None = None


def end(
    state: State,
    disposition: Disposition,
    reason: Reason,
    stage: Stage,
    looked_at: str,
    decided: t.Any,
    text: str,
    device: str | None = None,
    answers: tuple[Packet, ...] = (),
    led: t.Any = None,
) -> Outcome:
    """The packet ends here, by this decision."""
    final = state.step(stage, looked_at, decided, text, device, reason, True, led)
    return Outcome(Exit.END, final, device, None, disposition, reason, answers)


# -- what the world outside of the namespace knows -----------------------------------------------------------------
class Owner(enum.Enum):
    """Who answers a question for an address on a wire."""

    FOUND = "found"
    NOBODY = "nobody"
    OUTSIDE = "outside"  # nobody that is managed, but the wire goes on beyond
    UNKNOWN = "unknown"  # somebody whose state was not read may


@dataclasses.dataclass(frozen=True)
class Resolved:
    """One answer. mac: None where it is not known; place: who gave it."""

    owner: Owner
    mac: str | None = None
    place: Place | None = None


class Wires(t.Protocol):
    """What a namespace has to ask about what lies behind its devices."""

    def resolve(self, place: Place, address: str, sender: str | None) -> tuple[Resolved, ...]:
        """Who answers on the wire of a device for an address; sender: who asks."""

    def behind(self, place: Place, mac: str) -> bool | None:
        """Whether a device with that MAC address is to be reached through a device (a bridge's port)."""

    def on_top(self, place: Place) -> tuple[tuple[Place, Link], ...]:
        """Devices that share the wire of a device (macvlan, macvtap, ipvlan), in whatever namespace."""

    def leads_outside(self, place: Place) -> bool:
        """Whether a device's wire goes beyond what is managed."""
