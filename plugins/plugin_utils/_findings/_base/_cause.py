# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A cause in the making: what was found, what change would mend it, and what it brought about."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._catalogue import title
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CONFIDENCE,
    CRITICAL,
    LIKELY,
    Finding,
    Location,
    Proof,
    stronger,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Route, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network

Repair = t.Callable[[Network], Network]


class Frames(t.NamedTuple):
    """Frames that a cause has sent astray: the device that they leave by, the hardware addresses that they leave for
    (one of these), the address that the packets in them are for (None: whatever goes the cause's way), and the device
    of that node that never sees them (None: any may)."""

    place: Place
    macs: tuple[str, ...]
    to: str | None = None
    missing: str | None = None


@dataclasses.dataclass(frozen=True)
class Cause:
    """What ends a packet, or what is deeper than that.

    repair: the change that would mend it, tried on the model. instead: address and port that the packet would go to
    with the right rules, tried in place of its own; sender: the source address that it would have. step: where the
    simulated packet met it. itself: the failing object was seen in that state, not concluded. shown: a change was tried
    that shows it, though what becomes of the packet beyond is not known. open: the deeper question that was not
    answered. brings: what it explains, nearest first. beside: others of the same id at the same place, by another rule
    or route. frames: what captures see where it is so.
    """

    finding: Finding
    repair: Repair | None = None
    instead: tuple[str, int | None] | None = None
    sender: str | None = None
    step: Step | None = None
    backwards: bool = False
    itself: bool = False
    shown: bool = False
    open: str = ""
    brings: tuple[Cause, ...] = ()
    beside: tuple[Cause, ...] = ()
    frames: Frames | None = None

    @property
    def told(self) -> Finding:
        """The finding, with what others of the same id at the same place say and want changed."""
        if not self.beside:
            return self.finding
        observed, changes = self.finding.observed, [self.finding.remediation]
        for one in self.beside:
            as_sure = CONFIDENCE.index(one.finding.confidence) >= CONFIDENCE.index(self.finding.confidence)
            observed += f"; {'also' if as_sure else 'with that changed, by the simulation,'} {one.finding.observed}"
            changes.append(one.finding.remediation)
        evidence = dict.fromkeys(proof for one in (self, *self.beside) for proof in one.finding.evidence)
        return dataclasses.replace(
            self.finding, observed=observed, remediation="\n".join(dict.fromkeys(changes)), evidence=tuple(evidence)
        )

    @property
    def decider(self) -> object:
        """The rule, route or policy rule that ended the packet; None where it was something else."""
        decided = self.step.decided if self.step is not None else None
        if isinstance(decided, (Route, Rule)):
            return decided
        return getattr(decided, "id", None)

    @property
    def key(self) -> tuple[str, str]:
        """The same id at the same place is the same cause."""
        return self.finding.id, str(self.finding.location)

    def because_of(self, deeper: Cause) -> Cause:
        """The deeper cause, with this one as what it brings about; mended by the same change where it has none."""
        if deeper.key == self.key:
            # The same thing, known better.
            return dataclasses.replace(deeper, brings=self.brings, step=deeper.step or self.step)
        return dataclasses.replace(
            deeper,
            repair=deeper.repair or self.repair,
            instead=deeper.instead or self.instead,
            sender=deeper.sender or self.sender,
            step=deeper.step or self.step,
            brings=(*deeper.brings, self, *self.brings),
        )

    def merged(self, other: Cause) -> Cause:
        """The same cause seen twice is as sure as the surer sight, with the evidence of both. What another rule or
        route did stands beside it."""
        brings = tuple({one.key: one for one in (*self.brings, *other.brings)}.values())
        known = [one.decider for one in (self, *self.beside)]
        if None in known or other.decider is None or other.decider == self.decider:
            sure_as = stronger(self.finding.confidence, other.finding.confidence)
            return dataclasses.replace(self.saying(*other.finding.evidence).as_sure_as(sure_as), brings=brings)
        beside = {one.decider: one for one in self.beside}
        before = beside.get(other.decider)
        beside[other.decider] = other if before is None else before.merged(other)
        return dataclasses.replace(self, brings=brings, beside=tuple(beside.values()))

    def untried(self) -> Cause:
        """The same where its change does not show in the packet at hand: what it leads to was written before."""
        return dataclasses.replace(self, repair=None, instead=None, sender=None)

    def saying(self, *proofs: Proof) -> Cause:
        """The same with more evidence."""
        new = [proof for proof in proofs if proof not in self.finding.evidence]
        return dataclasses.replace(
            self, finding=dataclasses.replace(self.finding, evidence=(*self.finding.evidence, *new))
        )

    def as_sure_as(self, confidence: str) -> Cause:
        """The same with another confidence."""
        return dataclasses.replace(self, finding=dataclasses.replace(self.finding, confidence=confidence))


def finding(
    identifier: str,
    location: Location,
    expected: str,
    observed: str,
    remediation: str,
    evidence: t.Sequence[Proof] = (),
    *,
    severity: str = CRITICAL,
    confidence: str = LIKELY,
    heading: str = "",
) -> Finding:
    """A finding of the catalogue. heading: in place of its usual title."""
    return Finding(
        identifier,
        severity,
        confidence,
        heading or title(identifier),
        location,
        expected,
        observed,
        tuple(evidence),
        remediation,
    )


def location_of(place: Place, device: str | None = None) -> Location:
    """A place of the path as a location: with namespace and pod where it is in a pod's network namespace."""
    namespace, pod = None, None
    if place.netns.startswith("pod:"):
        namespace, _slash, pod = place.netns[len("pod:") :].partition("/")
    return Location(node=place.node, namespace=namespace, pod=pod, device=device)


def label_of(place: Place) -> str:
    """The namespace of a place for people: its pod, or the node itself."""
    return f"pod {place.netns[len('pod:') :]}" if place.netns.startswith("pod:") else place.node


def ref_of(node: str | None) -> str:
    """Where a node's state stands in the bundle."""
    return f"nodes/{node}.json.gz" if node else "cluster.json.gz"
