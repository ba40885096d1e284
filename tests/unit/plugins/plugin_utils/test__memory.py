# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory is given back where the C library can do that, and nothing happens elsewhere."""

from __future__ import annotations

import types

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils import _memory


def test_what_was_freed_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(_memory.ctypes, "CDLL", lambda _name: types.SimpleNamespace(malloc_trim=given.append))
    _memory.give_back()
    assert given == [0]


def test_another_c_library_has_no_such_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memory.ctypes, "CDLL", lambda _name: types.SimpleNamespace())
    _memory.give_back()
