# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult, Step

STARTED = Moment(datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), 50.0)
GOOD, BAD = Step(0.0, 0.001, ""), Step(0.0, 0.001, "no")


@pytest.mark.parametrize(
    ("dns", "tcp", "tls", "http", "ok"),
    [
        (None, GOOD, None, None, True),
        (GOOD, GOOD, GOOD, GOOD, True),
        (BAD, None, None, None, False),
        (GOOD, BAD, None, None, False),
        (None, GOOD, BAD, None, False),
        (None, GOOD, None, BAD, False),
        (None, None, None, None, False),
    ],
)
def test_ok(dns: Step | None, tcp: Step | None, tls: Step | None, http: Step | None, ok: bool) -> None:
    assert ProbeResult(STARTED, "host", dns, tcp, tls, http).ok is ok


def test_both_clocks_go_on() -> None:
    assert STARTED.after(1.5) == Moment(STARTED.wall + datetime.timedelta(seconds=1.5), 51.5)
