# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The options of every action that stores evidence, and the web server that they describe."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._http import Web

SINK_ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "sink": {"type": "list", "elements": "str", "default": []},
    "sink_keep": {"type": "int", "default": 10},
    "sink_token": {"type": "str", "no_log": True},
    "sink_method": {"type": "str", "choices": ["PUT", "POST"], "default": "PUT"},
    "sink_timeout": {"type": "float", "default": 30.0},
    "sink_validate_certs": {"type": "bool", "default": True},
    "sink_ca_path": {"type": "path"},
}


def web_from_params(arguments: t.Mapping[str, t.Any]) -> Web:
    """How a web server is spoken to, from the options of an action."""
    return Web(
        token=arguments["sink_token"],
        method=arguments["sink_method"],
        timeout=arguments["sink_timeout"],
        validate_certs=arguments["sink_validate_certs"],
        ca_path=arguments["sink_ca_path"],
    )
