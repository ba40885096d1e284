# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by lot: a conversation, a place on its way and a way to break it; a fault of a file and a conversation that it
may harm; two faults of files at once; a fault beside a harmless oddity. Real traffic says what is true.

drawn-SEED-NUMBER, asked-…, paired-… and beside-SEED-NUMBER are always the same fault. Whether it breaks anything is not
known before: what is lost makes it a fault, and what passes in spite of it a harmless variation, of which a diagnosis
must not speak.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..faults import Fault
from .asked import Asked
from .fault import Drawn
from .paired import Beside, Paired

# By the first word of their names.
KINDS: dict[str, Callable[[int, int], Fault]] = {"drawn": Drawn, "asked": Asked, "paired": Paired, "beside": Beside}
NAME = re.compile(rf"({'|'.join(KINDS)})-(\d+)-(\d+)")

__all__ = ["KINDS", "by_lot"]


def by_lot(name: str) -> Fault | None:
    """The fault of that name; None where it is none by lot."""
    found = NAME.fullmatch(name)
    return KINDS[found.group(1)](int(found.group(2)), int(found.group(3))) if found else None
