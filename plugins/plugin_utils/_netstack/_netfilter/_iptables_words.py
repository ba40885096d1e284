# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The words of a line of iptables-save or ipset save."""

from __future__ import annotations

import re

# A quoted word, or one without spaces.
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPED = re.compile(r"\\(.)")


def words_of(text: str) -> list[str]:
    """The words of a line, quotes taken away."""
    if '"' not in text:
        return text.split()
    return [
        bare if bare else _ESCAPED.sub(r"\1", quoted)
        for quoted, bare in (found.groups("") for found in _WORD.finditer(text))
    ]
