# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is built once, in order."""

from __future__ import annotations

from . import binaries, cache, layers
from .images import CONTAINERD_ROOT


def missing() -> list[str]:
    """What a build would have to make; empty when everything is in the cache."""
    items = [layers.PYTHON.item, layers.AGENT.item, layers.NODE.item, binaries.PROGRAMS_LAYER, CONTAINERD_ROOT]
    return [item.about for item in items if not item.built()]


def ensure() -> None:
    """Build what is missing; the second time nothing is."""
    if not missing():
        return
    with cache.locked():
        layers.NODE.ensure()
        for program in (binaries.INIT, binaries.CNI_FLANNEL, binaries.FLANNEL, binaries.COREDNS, binaries.KUBERNETES):
            program.ensure()
        binaries.PROGRAMS_LAYER.ensure()
        CONTAINERD_ROOT.ensure()
