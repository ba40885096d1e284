# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of IPv4 as sockets of IPv6 have them."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import is_loopback
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._address import unmapped


@pytest.mark.parametrize(
    ("address", "inner", "loops"),
    [
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("::FFFF:10.244.2.4", "10.244.2.4", False),
        ("::ffff:1", "::ffff:1", False),
        ("::1", "::1", True),
        ("127.0.1.1", "127.0.1.1", True),
        ("::", "::", False),
    ],
)
def test_what_an_address_stands_for(address: str, inner: str, loops: bool) -> None:
    assert (unmapped(address), is_loopback(address)) == (inner, loops)
