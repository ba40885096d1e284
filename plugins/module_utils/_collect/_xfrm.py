# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Policies of IPsec, from ``ip xfrm policy``: which packets are encrypted, or dropped unless they were."""

from __future__ import annotations

import re

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import XfrmPolicy

POLICIES = ("ip", "xfrm", "policy")
MODULE = "xfrm_user"
MAX_POLICIES = 5000
_SELECTOR = re.compile(r"src (\S+) dst (\S+)(.*)")
_DIRECTION = re.compile(r"\s+dir (\S+)(?:.*\baction (\S+))?")


def read_policies(reader: Reader, namespace: Namespace, present: bool) -> list[XfrmPolicy]:
    """All policies of a namespace. present: whether the kernel has IPsec; asking would load it otherwise."""
    return parse_policies(reader.text("xfrm", POLICIES, namespace)) if present else []


def parse_policies(text: str) -> list[XfrmPolicy]:
    """Policies as ip prints them: a line with the selector, and indented ones; those of sockets have no direction."""
    found: list[XfrmPolicy] = []
    selector: tuple[str, str, str] | None = None
    for line in text.splitlines():
        match = _SELECTOR.fullmatch(line.rstrip())
        if match is not None:
            selector = (match.group(1), match.group(2), line.strip())
            continue
        direction = _DIRECTION.match(line)
        if direction is not None and selector is not None and len(found) < MAX_POLICIES:
            found.append(
                XfrmPolicy(
                    direction=direction.group(1),
                    src=selector[0],
                    dst=selector[1],
                    action=direction.group(2) or "allow",
                    text=f"{selector[2]} {line.strip()}",
                )
            )
            selector = None
    return found
