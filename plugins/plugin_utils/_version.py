# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The version of the collection, read from the metadata that is there: galaxy.yml in a checkout, MANIFEST.json
installed.
"""

from __future__ import annotations

import json
import pathlib
import re


def _read() -> str:
    root = pathlib.Path(__file__).resolve().parents[2]
    try:
        return str(json.loads((root / "MANIFEST.json").read_text())["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        found = re.search(r"^version:\s*['\"]?([^'\"\s]+)", (root / "galaxy.yml").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else "unknown"


COLLECTION_VERSION = _read()
