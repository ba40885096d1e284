# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which arguments of a task were given at all."""

from __future__ import annotations

import typing as t


def given(arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The arguments without those that are null or "".

    A survey of AWX sends null or "" for a question that was left blank, whatever its type
    (https://github.com/ansible/awx/issues/16205); the option's default is meant then.
    """
    return {name: value for name, value in arguments.items() if value is not None and value != ""}
