# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings, analysed again: several at a time, each in a process of its own."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import fnmatch
import json
import os
import tempfile
import traceback
import typing as t
import zlib
from pathlib import Path

from podnet_lab.config import Lab
from podnet_lab.context import Context
from podnet_lab.errors import LabError
from podnet_lab.faults import filled, find
from podnet_lab.truth import DEFAULT_MODE

from .doubt import TAKEN
from .judge import judge, no_verdict
from .live import Row
from .recording import analyse, path_of, unpack


def again(chosen: t.Sequence[tuple[str, str]], taken: str = "", one_of: int = 1) -> list[Row]:
    """A row for each recording there is; of what is taken away (a pattern), one of so many for each thing."""
    there = [(name, mode) for name, mode in chosen if path_of(name, mode).exists()]
    less = fnmatch.filter(TAKEN, taken) if taken else [""]
    work = [(*what, thing) for thing in less for what in there if not _rank(*what, thing) % one_of]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_one, work))


def _rank(*words: str) -> int:
    return zlib.crc32(" ".join(words).encode())


def _one(work: tuple[str, str, str]) -> Row:
    name, mode, taken = work
    row = one((name, mode), taken)
    return dataclasses.replace(row, mode=f"{mode} without {taken}") if taken else row


def show(what: str, folder: str = "") -> int:
    """Print the truth of a recording and what the analysis says of it; 0 if it is right."""
    name, _unused, mode = what.partition("@")
    with tempfile.TemporaryDirectory(prefix="podnet-recorded-") as own:
        bundle = Path(folder or own)
        about = unpack(path_of(name, mode or DEFAULT_MODE), bundle)
        truth = filled(find(name).truth, Context(Lab("recorded"), about.names))
        findings = analyse(bundle)
    told = judge(truth.causes, findings)
    print(json.dumps(findings, indent=1))
    print(f"\nasked: {truth.source} -> {truth.destination} {truth.protocol} {truth.port or ''}")
    print(f"true:  {' + '.join(f'{cause.id} {cause.location}' for cause in truth.causes) or 'nothing is broken'}")
    print(f"said:  {told.said} ({told.where}) {told.confidence}: {told.outcome}")
    return 0 if told.right else 1


def one(what: tuple[str, str], taken: str = "") -> Row:
    """Analyse one recording, without what is taken away, and compare it with the truth that its fault states now."""
    name, mode = what
    truth = find(name).truth
    with tempfile.TemporaryDirectory(prefix="podnet-recorded-") as folder:
        try:
            about = unpack(path_of(name, mode), Path(folder))
            if taken:
                TAKEN[taken](Path(folder))
            truth = filled(truth, Context(Lab("recorded"), about.names))
            return Row(name, mode, truth.causes, judge(truth.causes, analyse(Path(folder))))
        except LabError as error:
            return Row(name, mode, truth.causes, no_verdict(f"record it again: {error}"))
        except Exception:
            return Row(name, mode, truth.causes, no_verdict(traceback.format_exc(limit=-3)))
