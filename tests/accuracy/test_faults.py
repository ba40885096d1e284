# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the lab as data: enough of them, each with a question and a truth that can be compared."""

from __future__ import annotations

import pytest
from podnet_lab.faults import DIRECTORIES, Fault, find, known
from podnet_lab.truth import MODES

ENDS = ("pod:", "node:", "host:")
PLACES = {"node", "namespace", "pod", "device", "service"}


def _all(harmless: bool) -> list[str]:
    return [name for name in known() if find(name).harmless == harmless]


def test_there_are_enough() -> None:
    assert len(_all(False)) >= 80
    assert len(_all(True)) >= 30


def test_a_variation_lies_with_its_kind() -> None:
    faults, harmless = DIRECTORIES
    wrong = [name for name, path in known().items() if (path.parent == harmless) != find(name).harmless]
    assert wrong == [] and faults != harmless


def test_every_mode_is_tried() -> None:
    tried = {mode for name in known() for mode in find(name).modes}
    assert tried == set(MODES)


@pytest.mark.parametrize("name", list(known()))
def test_fault_says_what_to_ask_and_what_is_true(name: str) -> None:
    fault = find(name)
    truth = fault.truth
    assert fault.about and not fault.about.endswith(".")
    assert truth.source.startswith(ENDS) and truth.destination
    assert truth.protocol in ("tcp", "udp", "icmp") and (truth.port is None or truth.protocol != "icmp")
    for cause in truth.causes:
        assert set(cause.location) <= PLACES and cause.id not in cause.also
    for method in ("inject", "heal", "bites"):
        assert getattr(type(fault), method) is not getattr(Fault, method), f"{name} has no {method}"


def test_a_fault_by_lot_is_the_same_each_time() -> None:
    for number in range(200):
        name = f"drawn-5-{number}"
        one, again = find(name), find(name)
        assert (one.truth, one.about) == (again.truth, again.about)
        assert one.truth.causes and one.truth.source.startswith(ENDS)
    assert len({find(f"drawn-5-{number}").about for number in range(200)}) > 150
