# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings, analysed again: several at a time, each in a process of its own."""

from __future__ import annotations

import concurrent.futures
import os
import tempfile
import traceback
import typing as t
from pathlib import Path

from podnet_lab.config import Lab
from podnet_lab.context import Context
from podnet_lab.errors import LabError
from podnet_lab.faults import filled, find

from .judge import judge, no_verdict
from .live import Row
from .recording import analyse, path_of, unpack


def again(chosen: t.Sequence[tuple[str, str]]) -> list[Row]:
    """A row for each recording there is."""
    there = [(name, mode) for name, mode in chosen if path_of(name, mode).exists()]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, there))


def one(what: tuple[str, str]) -> Row:
    """Analyse one recording and compare it with the truth that its fault states now."""
    name, mode = what
    truth = find(name).truth
    with tempfile.TemporaryDirectory(prefix="podnet-recorded-") as folder:
        try:
            about = unpack(path_of(name, mode), Path(folder))
            truth = filled(truth, Context(Lab("recorded"), about.names))
            return Row(name, mode, truth.causes, judge(truth.causes, analyse(Path(folder))))
        except LabError as error:
            return Row(name, mode, truth.causes, no_verdict(f"record it again: {error}"))
        except Exception:
            return Row(name, mode, truth.causes, no_verdict(traceback.format_exc(limit=-3)))
