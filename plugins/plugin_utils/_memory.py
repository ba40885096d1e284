# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Memory of Ansible's workers."""

from __future__ import annotations

import contextlib
import ctypes


def give_back() -> None:
    """Give the system what was freed already, before a long wait. glibc keeps it: 3 MiB once a module was put into the
    text that a node runs (malloc_trim(3)); another C library has no such call."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
