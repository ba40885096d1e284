# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The mapping of addresses that a capture was asked for."""

from __future__ import annotations

import pathlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._key import read_key
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping


def mapping_of(options: JsonObject) -> Mapping | None:
    """The mapping of a redaction; None where addresses stay. Raises KeyFileError."""
    return Mapping(read_key(pathlib.Path(options["redact_key"]))) if options["redact"] else None
