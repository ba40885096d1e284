# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the programs come from: the lab's layers."""

from __future__ import annotations

import pathlib
import sys

LAB = pathlib.Path(__file__).resolve().parents[2] / "lab"


def layers() -> list[pathlib.Path]:
    """The directories of the agent's layer and those below, the top one first; they are built if they are missing."""
    sys.path.insert(0, str(LAB))
    from podnet_lab.layers import AGENT

    for layer in (*reversed(AGENT.below), AGENT):
        layer.item.ensure()
    return AGENT.stack()
