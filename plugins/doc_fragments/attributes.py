# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What modules have in common: where they run, and that those which change nothing have no difference to show."""

    DOCUMENTATION = r"""
attributes:
  platform:
    support: full
    description: Target systems this works on.
    platforms: posix
"""

    LINUX = r"""
attributes:
  platform:
    support: full
    description: Target systems this works on.
    platforms: linux
"""

    CONTROLLER = r"""
attributes:
  action:
    support: full
    description: Runs as an action plugin on the controller.
"""

    NO_DIFF = r"""
attributes:
  diff_mode:
    support: N/A
    description: Nothing is changed, so there is no difference to show.
"""
