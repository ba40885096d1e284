# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of nf_tables as the kernel tells them: which of them sleep."""

from __future__ import annotations

import struct

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _nft_tables


def _attribute(kind: int, value: bytes) -> bytes:
    """One of netlink(7)."""
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


@pytest.mark.parametrize(("flags", "sleeps"), [(0, False), (1, True), (2, False), (3, True)])
def test_a_table_that_sleeps_is_told(flags: int, sleeps: bool) -> None:
    body = struct.pack("=BBH", 2, 0, 0)
    body += _attribute(1, b"guard\0") + _attribute(2, struct.pack(">I", flags)) + _attribute(4, struct.pack(">Q", 7))
    expected = {"family": "ip", "name": "guard", "handle": 7, **({"flags": ["dormant"]} if sleeps else {})}
    assert _nft_tables._table(body) == expected
