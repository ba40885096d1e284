# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals against published values, decisions by simulation."""

from __future__ import annotations

import random

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _statistics
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import PACKETS

SECOND = int(PACKETS * 5 / 3)


@pytest.mark.parametrize(
    "lost, sent, low, high",
    [
        # Clopper-Pearson, 95 %; rule of three for none
        (7, 150, 0.0190, 0.0938),
        (0, 150, 0.0, 0.0198),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.7411, 1.0),
    ],
)
def test_intervals_are_those_of_the_tables(lost: int, sent: int, low: float, high: float) -> None:
    found = _statistics.share(lost, sent)
    assert (round(found.low, 4), round(found.high, 4)) == (pytest.approx(low, abs=2e-4), pytest.approx(high, abs=2e-4))


def test_shares_read_as_people_say_them() -> None:
    assert str(_statistics.share(7, 150)) == "7 of 150, 2 to 9 %"
    assert str(_statistics.share(0, 150)) == "0 of 150: below 2 % (95 %)"
    assert str(_statistics.share(0, 0)) == "nothing sent"


@pytest.mark.parametrize("lost, sent", [(-1, 10), (11, 10), (5, 0), (0, 0), (3, -7), (10**6, 10**6)])
def test_absurd_counts_have_a_share_too(lost: int, sent: int) -> None:
    found = _statistics.share(lost, sent)
    assert 0.0 <= found.low <= found.high <= 1.0


def dose(chance: float, dice: random.Random) -> tuple[int, int]:
    """What one burst counts: a second stage only where the first lost something, as the probe does it."""
    lost = sum(dice.random() < chance for _packet in range(PACKETS))
    if not lost:
        return 0, PACKETS
    return lost + sum(dice.random() < chance for _packet in range(SECOND)), PACKETS + SECOND


def test_three_per_cent_are_found_in_98_of_100() -> None:
    dice = random.Random(20261126)
    found = sum(_statistics.is_loss(*dose(0.03, dice)) for _run in range(2000))
    assert found >= 0.98 * 2000


@pytest.mark.parametrize("background", [0.0, 0.0001, 0.0005])
def test_healthy_runs_are_not_called_lossy(background: float) -> None:
    """A packet in ten thousand, or in two thousand, is what a busy host loses; 200 runs ten times over."""
    dice = random.Random(14)
    assert not any(_statistics.is_loss(*dose(background, dice)) for _run in range(2000))


def test_the_power_that_the_documents_promise_is_the_simulated_one() -> None:
    dice = random.Random(7)
    for chance in (0.005, 0.01, 0.02, 0.05):
        seen = sum(_statistics.is_loss(*dose(chance, dice)) for _run in range(2000)) / 2000
        assert seen == pytest.approx(_statistics.power(chance, PACKETS, SECOND), abs=0.04)


def test_the_power_is_in_the_documents() -> None:
    import pathlib

    text = (pathlib.Path(__file__).parents[5] / "docs" / "performance.md").read_text(encoding="utf-8")
    for chance, shown in ((0.005, "0.5 %"), (0.01, "1 %"), (0.02, "2 %"), (0.03, "3 %"), (0.05, "5 %")):
        percent = f"{100 * _statistics.power(chance, PACKETS, SECOND):.1f} %"
        assert f"| {shown} | {percent} |" in text


def test_a_lone_packet_is_no_loss_and_all_of_few_is() -> None:
    assert not _statistics.is_loss(1, 180)
    assert not _statistics.is_loss(1, 480)
    assert not _statistics.is_loss(0, 0)
    assert _statistics.is_loss(2, 20)
    assert _statistics.is_loss(5, 480)


def test_shares_that_differ_are_told_from_those_that_may_be_one() -> None:
    assert _statistics.differ(120, 180, 100, 300)  # a limit of packets per second
    assert not _statistics.differ(9, 180, 15, 300)
    assert not _statistics.differ(0, 0, 5, 10)


def test_a_counter_accounts_for_a_loss_when_it_moved_by_as_many() -> None:
    assert _statistics.accounts_for(7, 7, 150)
    assert _statistics.accounts_for(9, 7, 150)
    assert not _statistics.accounts_for(6, 7, 150)
    assert not _statistics.accounts_for(70, 7, 150)
    assert not _statistics.accounts_for(0, 0, 150)
