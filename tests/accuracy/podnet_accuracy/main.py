# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import sys
import typing as t
from dataclasses import asdict

from podnet_lab.drawn import KINDS
from podnet_lab.errors import LabError
from podnet_lab.faults import find, known
from podnet_lab.truth import DEFAULT_MODE, MODES

from .again import again, show
from .doubt import TAKEN
from .gaps import write_gaps
from .live import ROOT, AccuracyError, Laboratory, Row, run
from .recording import path_of
from .table import line, summary

OUTPUT = ROOT / "tests" / "output" / "accuracy"


def main(argv: list[str] | None = None) -> int:
    """Live runs end with 0 when everything was right, recorded ones too."""
    parser = argparse.ArgumentParser(prog="accuracy.py", description=__doc__)
    parser.add_argument("--fault", default=os.environ.get("FAULT", ""), help="names or patterns, by commas")
    parser.add_argument(
        "--drawn",
        default=os.environ.get("DRAWN"),
        metavar="[KIND:]SEED:FROM-TO",
        help=f"faults by lot, see podnet_lab.drawn; they have no recording. KIND: {', '.join(KINDS)}",
    )
    parser.add_argument("--mode", default=os.environ.get("MODE", ""), help=f"of {', '.join(MODES)}, by commas")
    parser.add_argument("--record", action="store_true", help="keep each run's bundle in tests/recorded")
    parser.add_argument("--recorded", action="store_true", help="analyse the recordings again; no lab")
    parser.add_argument(
        "--without", default="", metavar="PATTERN", help="and of each recording take away: " + ", ".join(TAKEN)
    )
    parser.add_argument("--one-of", type=int, default=1, metavar="N", help="of what is taken away, one case of so many")
    parser.add_argument("--show", nargs="+", metavar=("FAULT@MODE", "DIRECTORY"), help="one recording in full")
    parser.add_argument("--write-gaps", action="store_true", help="write known_gaps.txt from the recordings")
    parser.add_argument("--missing", action="store_true", help="only those of which there is no recording")
    parser.add_argument("--access", choices=["agent", "ssh"], default=os.environ.get("ACCESS") or None)
    parser.add_argument("--quick", action="store_true", help="the same modules without Ansible: less processor time")
    parser.add_argument("--no-diagnosis", action="store_true", help="only make and mend the faults")
    arguments = parser.parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if arguments.show:
        return show(*arguments.show[:2])
    chosen = _drawn(arguments) if arguments.drawn else _chosen(arguments.fault, arguments.mode)
    if arguments.missing:
        chosen = [what for what in chosen if not path_of(*what).exists()]
    if not chosen:
        print("accuracy: no fault is called so, or none can be tried in this mode", file=sys.stderr)
        return 2
    if arguments.recorded:
        rows = again(chosen, arguments.without, arguments.one_of)
        for row in rows:
            print(line(row))
        if arguments.write_gaps:
            print(f"{write_gaps(rows)} known gaps")
    else:
        rows = list(_live(chosen, arguments))
    print()
    print(summary(rows))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "rows.json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    good = all(row.judgement.right and not row.left and not row.judgement.false_findings for row in rows)
    return 0 if good else 1


def _chosen(faults: str, modes: str) -> list[tuple[str, str]]:
    """Fault and mode, mode by mode, in the order of the patterns."""
    patterns = [word.strip() for word in faults.split(",") if word.strip()] or ["*"]
    wanted = [word.strip() for word in modes.split(",") if word.strip()] or list(MODES)
    names = dict.fromkeys(name for pattern in patterns for name in fnmatch.filter(known(), pattern))
    return [(name, mode) for mode in wanted for name in names if mode in find(name).modes]


def _drawn(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """The drawn faults that were asked for, in one mode."""
    kind, _unused, series = arguments.drawn.rpartition(":")[0].rpartition(":")
    first, _unused, last = arguments.drawn.rpartition(":")[2].partition("-")
    mode = arguments.mode or DEFAULT_MODE
    numbers = range(int(first), int(last or first) + 1)
    names = [f"{kind or 'drawn'}-{int(series)}-{number}" for number in numbers]
    return [(name, mode) for name in names if mode in find(name).modes]


def _live(chosen: list[tuple[str, str]], arguments: argparse.Namespace) -> t.Iterator[Row]:
    modes = list(dict.fromkeys(mode for _unused, mode in chosen))
    for mode in modes:
        there = Laboratory(_name(mode, len(modes) == 1), mode, arguments.access, arguments.quick)
        try:
            with there.booted():
                for name in (name for name, where in chosen if where == mode):
                    row = run(there, name, OUTPUT / "bundles", arguments.record, not arguments.no_diagnosis)
                    print(line(row))
                    yield row
        except (AccuracyError, LabError) as error:
            print(f"accuracy: cannot go on with mode {mode}: {error}", file=sys.stderr)


def _name(mode: str, alone: bool) -> str:
    """A lab for each checkout and mode; one that the caller names is taken as it is for a single mode."""
    given = os.environ.get("PODNET_LAB_NAME")
    if given and alone:
        return given
    return f"{given or 'acc-' + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}-{mode}"
