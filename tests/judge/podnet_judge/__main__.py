# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m podnet_judge [--cases N] [--seed N] [--kind KIND]: judge random configurations, print what disagrees."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time

from . import generators
from .court import Tally, judge
from .programs import layers
from .world import INSIDE, CommandFailed, World, launch

# Numbers of packets are told apart within this many.
NUMBERS = 1 << 22
PER_CASE = 100


def main() -> int:
    """The exit status is 1 where anything disagrees."""
    parser = argparse.ArgumentParser(prog="podnet_judge", description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="only this one")
    parser.add_argument("--kind", choices=sorted(generators.GENERATORS), action="append")
    parser.add_argument("--show", type=int, default=5, help="how many disagreements are printed in full")
    options = parser.parse_args()
    if os.environ.get(INSIDE) != "1":
        layers()  # what is missing is built here, where packages can be had
        launch(sys.argv[1:])
    started = time.monotonic()
    tallies = {kind: Tally() for kind in options.kind or sorted(generators.GENERATORS)}
    shown = 0
    with World(layers()) as world:
        # Cases keep their numbers whether or not all kinds can be had.
        missing = {kind for kind in tallies if kind.startswith("ipset") and not world.has("ipset")}
        for number in range(options.cases):
            kind = list(tallies)[number % len(tallies)]
            if options.case not in (None, number) or kind in missing:
                continue
            seed = f"{options.seed}/{number}/{kind}"
            dice = random.Random(seed)
            tally = tallies[kind]
            setup = generators.GENERATORS[kind](dice)
            before = len(tally.disagreements)
            try:
                judge(world, setup, dice, tally, (number + 1) * PER_CASE % NUMBERS)
                tally.cases += 1
            except CommandFailed as exc:
                tally.refused += 1
                print(f"refused {seed}: {exc}")
            for told in tally.disagreements[before:]:
                if shown < options.show:
                    print(f"== case {seed}\n{told}\n", flush=True)
                shown += 1
    for kind, tally in tallies.items():
        print(
            f"{kind}: {tally.cases} cases, {tally.refused} refused, {tally.packets} packets, "
            f"{tally.certain} certain, {tally.open} open, {len(tally.disagreements)} disagreements"
        )
    print(f"{time.monotonic() - started:.1f} s")
    return 1 if any(tally.disagreements for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
