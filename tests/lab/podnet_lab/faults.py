# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults and harmless variations: data with their ground truth, and how each is made, verified and healed."""

from __future__ import annotations

import importlib.util
import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from .config import LAB_SOURCE, Lab
from .context import Context
from .errors import LabError
from .truth import DEFAULT_MODE, Truth

__all__ = ["Context", "Fault", "Truth"]  # what a fault file needs

DIRECTORIES = (LAB_SOURCE / "faults", LAB_SOURCE / "harmless")


class Fault:
    """The base of all faults. A fault file defines one subclass called FaultClass.

    prepare makes what has to be there before (it works then), inject breaks it, bites says with real traffic whether
    it is broken, heal mends it, clear takes away what prepare has made. All of them may be called again at any time.
    """

    about = ""  # one line for people: the class's docstring where it says nothing else
    truth: Truth
    modes: tuple[str, ...] = (DEFAULT_MODE,)  # the labs in which it can be tried, see truth.py
    settle_seconds = 40.0  # how long inject and heal may take to show
    stay_seconds = 2.0  # how long an injected fault is watched before it counts
    changes_pods = False  # healed, the nodes have the same pods again, with other addresses

    def __init_subclass__(cls) -> None:
        """What the docstring says is not written again."""
        if "about" not in vars(cls):
            cls.about = " ".join((cls.__doc__ or "").split()).removesuffix(".")

    @property
    def harmless(self) -> bool:
        """Whether nothing suffers from it."""
        return not self.truth.id

    def truth_now(self, lab: Context) -> Truth:
        """What is true once it is injected."""
        return self.truth

    def prepare(self, lab: Context) -> None:
        """Make what the fault needs and does not break."""

    def inject(self, lab: Context) -> None:
        """Break it."""
        raise NotImplementedError

    def bites(self, lab: Context) -> bool:
        """Whether real traffic suffers now."""
        raise NotImplementedError

    def heal(self, lab: Context) -> None:
        """Mend it, also when it was only half injected."""
        raise NotImplementedError

    def healed(self, lab: Context) -> bool:
        """Whether real traffic flows again."""
        return not self.bites(lab)

    def clear(self, lab: Context) -> None:
        """Take away what prepare has made."""


def _load(path: Path) -> Fault:
    spec = importlib.util.spec_from_file_location(f"podnet_lab_fault_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise LabError(f"Cannot load the fault {path}.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fault: Fault = module.FaultClass()
    return fault


def known() -> dict[str, Path]:
    """Every fault and variation by its name: the file name without its ending, with hyphens."""
    files = (path for directory in DIRECTORIES for path in sorted(directory.glob("[a-z]*.py")))
    return {path.stem.replace("_", "-"): path for path in files}


def find(name: str) -> Fault:
    """The fault of that name; LabError lists the known ones. See drawn for those that no file has."""
    from .drawn import by_lot  # it is made of faults itself

    paths = known()
    drawn = by_lot(name)
    if drawn is not None:
        return drawn
    if name not in paths:
        raise LabError(f"No fault is called {name!r}; there are {', '.join(paths)}.", 2)
    return _load(paths[name])


def filled(truth: Truth, lab: Context) -> Truth:
    """The truth with the names of the running lab in it."""

    def words(place: dict[str, str]) -> dict[str, str]:
        return {key: lab.fill(value) for key, value in place.items()}

    second = truth.second and replace(truth.second, location=words(truth.second.location))
    return replace(
        truth,
        location=words(truth.location),
        source=lab.fill(truth.source),
        destination=lab.fill(truth.destination),
        second=second,
    )


def listing(lab: Lab) -> list[dict[str, Any]]:
    """Every fault with its ground truth, and whether it is injected now."""
    active = injected(lab)
    return [show(lab, name, active) for name in known()]


def show(lab: Lab, name: str, active: list[str] | None = None) -> dict[str, Any]:
    """One fault; while it is injected its truth has the names of the running lab in it."""
    fault = find(name)
    now = name in (injected(lab) if active is None else active)
    here = context(lab, name)
    truth = filled(fault.truth_now(here), here) if now else fault.truth
    return {
        "name": name,
        "about": fault.about,
        "modes": fault.modes,
        "harmless": fault.harmless,
        "changes_pods": fault.changes_pods,
        "injected": now,
        "names": here.names.known,
        "truth": asdict(truth),
    }


def _mark(lab: Lab, name: str) -> Path:
    return lab.state / "faults" / name


def context(lab: Lab, name: str) -> Context:
    """What a fault may use, with the names it has already used while it is injected."""
    mark = _mark(lab, name)
    text = mark.read_text(encoding="utf-8") if mark.is_file() else ""
    return Context(lab, json.loads(text) if text else None)


def injected(lab: Lab) -> list[str]:
    """The names of the faults that are injected now."""
    directory = lab.state / "faults"
    return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []


def inject(lab: Lab, name: str) -> Context:
    """Make a fault, and return only when real traffic suffers, and goes on suffering.

    A harmless variation is made the same way, and the traffic has to pass before and after.
    """
    fault, here = find(name), context(lab, name)
    mark = _mark(lab, name)
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    try:
        _inject(fault, here, name)
    finally:
        mark.write_text(json.dumps(here.names.known), encoding="utf-8")
    return here


def _inject(fault: Fault, here: Context, name: str) -> None:
    fault.prepare(here)
    _await(lambda: not fault.bites(here), f"the traffic of {name} passes before anything is done", fault)
    filled(fault.truth, here)
    fault.inject(here)
    _await(lambda: fault.bites(here) != fault.harmless, f"{name} bites", fault)
    deadline = time.monotonic() + fault.stay_seconds
    while time.monotonic() < deadline:
        if fault.bites(here) == fault.harmless:
            raise LabError(f"Cannot keep {name} injected: it mended itself.")
        time.sleep(0.7)


def _await(condition: Any, what: str, fault: Fault) -> None:
    deadline = time.monotonic() + fault.settle_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {fault.settle_seconds:.0f} s in vain until {what}.")
        time.sleep(0.2)


def heal(lab: Lab, name: str) -> None:
    """Mend a fault, and return only when real traffic flows again."""
    fault, here = find(name), context(lab, name)
    fault.heal(here)
    try:
        _await(lambda: fault.healed(here), f"{name} is healed", fault)
    finally:
        fault.clear(here)
    _mark(lab, name).unlink(missing_ok=True)


def heal_all(lab: Lab) -> list[str]:
    """Mend every injected fault; the names of those that were."""
    names = injected(lab)
    for name in names:
        heal(lab, name)
    return names
