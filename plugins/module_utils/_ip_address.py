# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Whether a text is an IP address: said once."""

from __future__ import annotations

import ipaddress


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
