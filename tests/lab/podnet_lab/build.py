# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is built once: what there is, what it needs, and what runs side by side."""

from __future__ import annotations

from . import binaries, cache, durations, layers, schedule
from .cache import Item, say
from .config import cache_directory
from .images import CONTAINERD_ROOT
from .toolchain import GO_FROM_PYPI, find_go

PACKAGES = (layers.PYTHON.item, layers.AGENT.item, layers.NODE.item)
PROGRAMS = (binaries.CLUSTER, binaries.CNI_FLANNEL, binaries.INIT)
LAST = (binaries.PROGRAMS_LAYER, CONTAINERD_ROOT)
NEEDED_BY_LABS = (*PACKAGES, *LAST)


def missing() -> list[Item]:
    """What a build would have to make; empty when a lab has everything it needs.

    The single programs are parts of what every host gets and may be gone when that is there.
    """
    if all(item.built() for item in NEEDED_BY_LABS):
        return []
    return [item for item in (*PACKAGES, *PROGRAMS, *LAST) if not item.built()]


def compiles() -> bool:
    """Whether a build would have to compile something, and so needs a Go."""
    wanted = missing()
    return any(item in wanted for item in PROGRAMS)


def ensure() -> None:
    """Build what is missing; the second time nothing is."""
    if not missing():
        return
    with cache.locked():
        wanted = missing()
        lanes = _lanes(wanted)
        if not lanes:
            return
        known = durations.read()
        run = schedule.Run(lanes, known, say)
        say(
            f"{run.count} things to build, about {schedule.words(run.seconds_left())} on two cores; they are kept in "
            f"{cache_directory()}. An interrupted build goes on where it stopped."
        )
        run.to_the_end(durations.remember)


def _lanes(wanted: list[Item]) -> list[list[schedule.Step]]:
    """Packages are waited for and programs computed: one lane each; what needs both comes last in the longer one."""
    packages = [schedule.Step(item) for item in PACKAGES if item in wanted]
    programs = [schedule.Step(item) for item in PROGRAMS if item in wanted]
    if programs and find_go() is None and not GO_FROM_PYPI.built():
        programs.insert(0, schedule.Step(GO_FROM_PYPI))
    last = [schedule.Step(item, needs=tuple(step.item for step in packages)) for item in LAST if item in wanted]
    return [lane for lane in ([*programs, *last], packages) if lane]
