# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered about a running lab: its hosts' process ids and its options."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from .config import Lab, Options
from .errors import LabError
from .proc import start_time


@dataclass(frozen=True)
class HostProcess:
    """Process 1 of a host, as the machine sees it."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return start_time(self.pid) == self.started


@dataclass
class State:
    """A lab as `lab up` left it; complete is false while it boots."""

    options: Options = field(default_factory=Options)
    hosts: dict[str, HostProcess] = field(default_factory=dict)
    complete: bool = False


def save(lab: Lab, state: State) -> None:
    """Write the state so that a reader sees the old or the new one, never half."""
    lab.state.mkdir(parents=True, exist_ok=True)
    target = lab.state / "state.json"
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    os.replace(fresh, target)


def load(lab: Lab) -> State | None:
    """The state of the lab, None when there is none or it cannot be read."""
    try:
        raw = json.loads((lab.state / "state.json").read_text(encoding="utf-8"))
        return State(
            options=Options(**raw["options"]),
            hosts={name: HostProcess(**host) for name, host in raw["hosts"].items()},
            complete=bool(raw["complete"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_up(lab: Lab) -> bool:
    """Whether the lab was booted completely and every host of it still runs."""
    state = load(lab)
    return (
        state is not None
        and state.complete
        and bool(state.hosts)
        and all(host.alive() for host in state.hosts.values())
    )


def host_process(lab: Lab, name: str) -> HostProcess:
    """Process 1 of a host; LabError when there is no such host or it is dead."""
    state = load(lab)
    if state is None:
        raise LabError(f"The lab {lab.name} is not up: run `lab up` first.", 2)
    host = state.hosts.get(name)
    if host is None:
        raise LabError(f"No host is called {name!r}; there are {', '.join(state.hosts)}.", 2)
    if not host.alive():
        raise LabError(f"The host {name} of the lab {lab.name} is dead.")
    return host


@contextmanager
def locked(lab: Lab) -> Iterator[None]:
    """Hold the lab's lock, so that two `lab up` or `lab down` come one after the other."""
    lab.lock.parent.mkdir(parents=True, exist_ok=True)
    with lab.lock.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
