# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Policies of IPsec, from ``ip xfrm policy``: which packets are encrypted, or dropped unless they were; and whether
there is a state for what they want, from ``ip xfrm state list nokeys``.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import Namespace, Reader, ReadError
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import XfrmPolicy

POLICIES = ("ip", "xfrm", "policy")
STATES = ("ip", "xfrm", "state", "list", "nokeys")
DEFAULTS = ("ip", "xfrm", "policy", "getdefault")
MODULE = "xfrm_user"
# Behind every priority that a policy can have.
LAST = 1 << 32
MAX_POLICIES = 5000
_SELECTOR = re.compile(r"src (\S+) dst (\S+)(.*)")
_DIRECTION = re.compile(r"\s+dir (\S+)(?:.*?\baction (\S+))?(?:.*?\bpriority (\d+))?")
_DEFAULT = re.compile(r"^\s*(in|fwd|out):\s*block\s*$", re.MULTILINE)
_MARK = re.compile(r"\s+mark (\S+)/(\S+)")
_INTERFACE = re.compile(r"\s+if_id (\S+)")
_WORDS = re.compile(r"(proto|sport|dport|type|code) (\S+)")
# What a policy asks for of ICMP stands where others have their ports (xfrm_selector_match()).
_PORTS = {"type": "sport", "code": "dport"}
_TEMPLATE = re.compile(r"\s+tmpl src (\S+) dst (\S+)")
_WANTED = re.compile(r"\s+proto (\S+)(?: spi (\S+))?(?: reqid (\d+))?.*?(?: mode (\S+))?\s*$")
# A state that is only being asked for has no number yet.
_NO_NUMBER = 0
_ANY = ("0.0.0.0", "::")


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """What a template wants, or a state is: its ends, protocol, mode and number of the request."""

    src: str
    dst: str
    proto: str
    reqid: str
    mode: str

    def met_by(self, state: _Wanted) -> bool:
        """xfrm_state_look_at(): ends that the template does not say are those of the packet."""
        ends = all(mine in (*_ANY, theirs) for mine, theirs in ((self.src, state.src), (self.dst, state.dst)))
        same = (self.proto, self.mode) == (state.proto, state.mode)
        return ends and same and self.reqid in ("0", state.reqid)

    def __str__(self) -> str:
        return f"{self.proto} {self.mode} from {self.src} to {self.dst}, reqid {self.reqid}"


def read_policies(reader: Reader, namespace: Namespace, present: bool) -> list[XfrmPolicy]:
    """All policies of a namespace. present: whether the kernel has IPsec; asking would load it otherwise."""
    if not present:
        return []
    text = reader.text("xfrm", POLICIES, namespace)
    states = _asked(reader, STATES, namespace) if "tmpl " in text else None
    return [*parse_policies(text, states), *parse_defaults(_asked(reader, DEFAULTS, namespace) or "")]


def _asked(reader: Reader, command: tuple[str, ...], namespace: Namespace) -> str | None:
    """What a command says that not every ip or kernel knows."""
    try:
        return reader.text("xfrm", command, namespace)
    except ReadError:
        return None


def parse_defaults(text: str) -> list[XfrmPolicy]:
    """What becomes of packets that no policy takes, where that is to block them: policies that are asked last."""
    blocked = [match.group(1) for match in _DEFAULT.finditer(text)]
    return [
        XfrmPolicy(direction, network, network, "block", f"default of dir {direction}: block", priority=LAST)
        for direction in blocked
        for network in ("0.0.0.0/0", "::/0")
    ]


def parse_policies(text: str, states: str | None = None) -> list[XfrmPolicy]:
    """Policies as ip prints them: a line with the selector, and indented ones; those of sockets have no direction.

    states: as ip prints them, None where they are not known.
    """
    known = list(_parse_states(states)) if states is not None else None
    found: list[XfrmPolicy] = []
    for selector, lines in _blocks(text):
        direction = next(filter(None, map(_DIRECTION.match, lines)), None)
        if direction is None or len(found) >= MAX_POLICIES:
            continue
        wanted = list(_templates(lines))
        unmet = [one for one in wanted if known is not None and not any(map(one.met_by, known))]
        found.append(
            XfrmPolicy(
                direction=direction.group(1),
                src=selector.group(1),
                dst=selector.group(2),
                action=direction.group(2) or "allow",
                text=f"{selector.group(0).strip()} {direction.string.strip()}",
                unmet=str(unmet[0]) if unmet else None,
                wanted=str(wanted[0]) if wanted else None,
                templates=sum(1 for line in lines if _TEMPLATE.match(line)),
                priority=int(direction.group(3) or 0),
                mark=_mark(lines),
                interface=_interface(lines),
                **_selected(selector.group(3)),
            )
        )
    return found


def _selected(text: str) -> dict[str, t.Any]:
    """Protocol and ports of a selector; what else it says stands as it is."""
    found: dict[str, t.Any] = {"other": " ".join(_WORDS.sub("", text).split())}
    for word, value in _WORDS.findall(text):
        if word == "proto":
            found["protocol"] = value
        elif value.isdigit():
            found[_PORTS.get(word, word)] = int(value)
        else:
            found["other"] = f"{found['other']} {word} {value}".strip()
    return found


def _mark(lines: t.Sequence[str]) -> list[int] | None:
    found = next(filter(None, map(_MARK.match, lines)), None)
    return [int(found.group(1), 0), int(found.group(2), 0)] if found is not None else None


def _interface(lines: t.Sequence[str]) -> int | None:
    found = next(filter(None, map(_INTERFACE.match, lines)), None)
    return int(found.group(1), 0) if found is not None else None


def _blocks(text: str) -> t.Iterator[tuple[re.Match[str], list[str]]]:
    """Each line with two ends, and the indented ones behind it."""
    head: re.Match[str] | None = None
    lines: list[str] = []
    for line in text.splitlines():
        match = _SELECTOR.fullmatch(line.rstrip())
        if match is None:
            lines.append(line)
            continue
        if head is not None:
            yield head, lines
        head, lines = match, []
    if head is not None:
        yield head, lines


def _templates(lines: t.Sequence[str]) -> t.Iterator[_Wanted]:
    """What a policy wants; what is only used where it is there is left out."""
    for number, line in enumerate(lines[:-1]):
        ends, wanted = _TEMPLATE.match(line), _WANTED.match(lines[number + 1])
        optional = "level use" in "".join(lines[number + 1 : number + 3])
        if ends is not None and wanted is not None and not optional:
            proto, _number, reqid, mode = wanted.groups()
            yield _Wanted(ends.group(1), ends.group(2), proto, reqid or "0", mode or "transport")


def _parse_states(text: str) -> t.Iterator[_Wanted]:
    for ends, lines in _blocks(text):
        wanted = next(filter(None, map(_WANTED.match, lines)), None)
        if wanted is None or wanted.group(2) is None or int(wanted.group(2).partition("(")[0], 0) == _NO_NUMBER:
            continue
        proto, _number, reqid, mode = wanted.groups()
        yield _Wanted(ends.group(1), ends.group(2), proto, reqid or "0", mode or "transport")
