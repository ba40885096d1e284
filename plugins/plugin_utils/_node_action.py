# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What actions have in common that run one phase of a plan on one node: its modules, and how it went, in the bundle."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._agents import Agent
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import STREAM_LOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._apart import Apart
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle

PREFIX = "podnet.diagnostics."
# What is noted of a phase that may end after the others have gone on.
BESIDE = "it has not answered yet, and the others go on"
# How long the others wait for a node, beside twice the time that they took themselves.
PATIENCE_SECONDS = 3.0
LOOK_SECONDS = 0.2
# For how long it may go on where its task has no bound.
LONGEST_SECONDS = 600
LOST = "Cannot reach"
AGENT = "podnet.diagnostics.node_agent"
# An SSH connection that broke by then was not lost by waiting for a node that is dead.
SOON_SECONDS = 5.0
# What Ansible adds to the reason of a module that wrote no result, and how an interpreter's report begins.
NOTHING_SHOWN = "See stdout/stderr for the exact error"
TRACEBACK = "Traceback (most recent call last)"
# How an interpreter older than 3.7, and one older than 3.9, fails with what runs on a node.
OLD_PYTHON = ("future feature annotations is not defined", "'type' object is not subscriptable")


class SkipError(Exception):
    """The phase has nothing to do here; the text says why."""


class PhaseError(Exception):
    """The phase could not be measured on this node; the text says why."""


class SilentError(AnsibleConnectionFailure):
    """The node's kubelet does not answer."""


class Others:
    """Whether the other nodes wait for one that they can go on without: the one that everything starts from (needed)
    has ended a phase, and the last of those that have is there for a while."""

    def __init__(self, bundle: Bundle, node: str, phase: str, needed: str, patience: float) -> None:
        """patience: seconds, beside twice the time that the slowest of them took; 0: they do not wait at all."""
        self._bundle = bundle
        self._node = node
        self._phase = phase
        self._needed = needed
        self._patience = patience
        self._ended = 0
        self._since = time.monotonic()

    def wait(self) -> bool:
        """Asked again and again."""
        events = [event for event in _events(self._bundle, self._phase) if event["node"] != self._node]
        ended = [event for event in events if event["status"] != "started"]
        if len(ended) != self._ended:
            self._ended, self._since = len(ended), time.monotonic()
        if not any(event["node"] == self._needed for event in ended):
            return False
        slowest = max(float(event["seconds"]) for event in ended)
        bound = self._patience + 2 * slowest if self._patience else 0.0
        return time.monotonic() - self._since >= bound


class NodeAction(ControllerAction):
    """Runs a method of the phase's name, with an underscore before it, and notes how that went.

    A node that cannot be measured never fails the run: the phase ends as "error" with its reason in the bundle.
    """

    _requires_connection = True

    def __init_subclass__(cls, **arguments: t.Any) -> None:
        """What goes to agents is loaded before the workers are forked, each of which would load it for itself."""
        connection_loader.get(AGENT, class_only=True)
        super().__init_subclass__(**arguments)

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns status (done, skipped, late or error) and text."""
        bundle = Bundle.open(arguments["bundle"])
        node, phase = arguments["node"], arguments["phase"]
        if is_late(bundle, node):
            bundle.add_event(node, phase, "skipped", BESIDE)
            return _told("skipped", BESIDE)
        lost = arguments["unavailable"] or _lost(bundle, node)
        needed = "" if lost else self._needed_beside(bundle, node, phase)
        if needed:
            return self._run_beside(bundle, arguments, needed, task_vars)
        bundle.add_event(node, phase, "started")
        return _told(*self._ended(bundle, arguments, lost, task_vars))

    def _needed_beside(self, bundle: Bundle, node: str, phase: str) -> str:
        """The node that has to end this phase before the others can go on without this one; empty where they cannot."""
        return ""

    def _run_beside(
        self, bundle: Bundle, arguments: dict[str, t.Any], needed: str, task_vars: dict[str, t.Any]
    ) -> Result:
        """The phase in a process of its own, which is left alone when the others wait for it."""
        node, phase = arguments["node"], arguments["phase"]
        bundle.add_event(node, phase, "started", BESIDE)
        others = Others(bundle, node, phase, needed, 0.0 if arguments["pending"] else PATIENCE_SECONDS)
        apart = Apart(lambda: self._ended(bundle, arguments, "", task_vars), int(self._task.timeout or LONGEST_SECONDS))
        while not apart.over(LOOK_SECONDS):
            if others.wait():
                return _told("late", BESIDE)
        end = _events(bundle, phase, node)[-1]
        return _told(end["status"], end["text"])

    def _ended(
        self, bundle: Bundle, arguments: dict[str, t.Any], lost: str, task_vars: dict[str, t.Any]
    ) -> tuple[str, str]:
        """Status and text of a phase that was run, noted in the bundle."""
        node, phase, silent = arguments["node"], arguments["phase"], bool(arguments["silent"])
        started = time.monotonic()
        status, text = "done", ""
        try:
            if lost:
                raise PhaseError(lost)
            if arguments.get("pending"):
                self._await_node(node)
            text = getattr(self, f"_{phase}")(bundle, node, task_vars)
        except TimeoutError:
            status, text = "error", f'{LOST} {node}: its task "{phase}" did not end in time'
        except SkipError as exc:
            status, text = "skipped", str(exc)
        except PhaseError as exc:
            status, text = "error", str(exc)
        except AnsibleConnectionFailure as exc:
            cause = _first_line(exc).removeprefix(f"{LOST} node {node}: ")  # the connection may have said it
            status, text, silent = "error", f"{LOST} {node}: {cause}", silent or isinstance(exc, SilentError)
        except AnsibleError as exc:
            status, text = "error", f"Cannot run {phase} on {node}: {_first_line(exc)}"
        bundle.add_event(node, phase, status, text, time.monotonic() - started, silent)
        return status, text

    def _await_node(self, node: str) -> None:
        """Wait for an agent that nobody has waited for yet. AnsibleConnectionFailure where there will be none."""
        agent = t.cast(Agent, self._connection.awaited())
        if agent.error:
            cause = agent.error.removeprefix(f"The agent on {node} cannot be used: ")
            raise (SilentError if agent.silent else AnsibleConnectionFailure)(cause)

    def _anew(self) -> None:
        """In a process of its own, when the playbook is gone: over a connection of its own, and nobody is there to take
        what Ansible wants to show."""
        Display()._final_q = None
        self._connection.reset()

    def _in_agent(self) -> bool:
        return str(getattr(self._connection, "transport", "")) == AGENT

    def _module(self, name: str, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        started = time.monotonic()
        try:
            result = t.cast(Result, self._execute_module(PREFIX + name, arguments, task_vars=task_vars))
        except AnsibleConnectionFailure as exc:
            if not _resumable(exc, time.monotonic() - started):
                raise
            # Snapshots and probes may be taken twice, a capture that runs already is found, and one that was stopped
            # has left its packets.
            self._connection.reset()
            result = t.cast(Result, self._execute_module(PREFIX + name, arguments, task_vars=task_vars))
        if result.get("failed") or result.get("unreachable"):
            raise PhaseError(f"Cannot run {name} on the node: {failure_reason(result)}")
        return result


def failure_reason(result: Result) -> str:
    """Why a module failed, in one line; what its shell or interpreter said in its place where there is no better."""
    told = str(result.get("msg") or "").replace(NOTHING_SHOWN, "")
    said = str(result.get("module_stderr") or result.get("module_stdout") or "")
    if any(sign in said for sign in OLD_PYTHON):
        return "its Python is older than 3.9, which the modules need; ansible_python_interpreter says which one is used"
    if TRACEBACK in said:
        said = said.strip().splitlines()[-1]
    return " ".join(f"{told} {'' if said in told else said}".split())[:500] or "no reason given"


def is_late(bundle: Bundle, node: str) -> bool:
    """Whether a phase of a node that the others have gone on without has not ended yet."""
    late = [event for event in bundle.events() if event["node"] == node and event["text"] == BESIDE]
    return bool(late) and _events(bundle, late[0]["phase"], node)[-1]["text"] == BESIDE


def has_begun(bundle: Bundle, node: str, phase: str) -> bool:
    """Whether a phase has begun on a node, or nobody can tell any more."""
    return not bundle.root.exists() or any(
        event["node"] == node and event["phase"] == phase for event in bundle.events()
    )


def _told(status: str, text: str) -> Result:
    result: Result = {"status": status, "msg": text}
    return {**result, "skipped": True, "skip_reason": text} if status == "skipped" else result


def _events(bundle: Bundle, phase: str, node: str = "") -> list[JsonObject]:
    """What was noted of a phase, of one node or of all."""
    return [event for event in bundle.events() if event["phase"] == phase and node in ("", event["node"])]


def _lost(bundle: Bundle, node: str) -> str:
    """Why there is no use in trying this node again: an earlier phase lost it, or was ended from outside."""
    events = [event for event in bundle.events() if event["node"] == node]
    if not events:
        return ""
    last = events[-1]
    if last["status"] == "started":
        return f'{LOST} {node}: its task "{last["phase"]}" did not end in time'
    return str(last["text"]) if is_lost(last) else ""


def is_lost(event: JsonObject) -> bool:
    """Whether a phase ended because the node could not be reached (any more)."""
    return bool(event["status"] == "error" and str(event["text"]).startswith(LOST))


def _resumable(exc: AnsibleConnectionFailure, seconds: float) -> bool:
    """Whether the way to the node broke while it was used and may be there again: once a task, and soon or never."""
    text = str(exc)
    if STREAM_LOST in text:
        return True
    return seconds < SOON_SECONDS and any(words in text for words in ("closed", "reset by peer"))


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or ["no reason given"])[0]
