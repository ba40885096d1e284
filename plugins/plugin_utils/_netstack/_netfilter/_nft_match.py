# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The comparison of an nft rule: left side, operator, right side. Source: libnftables-json(5), nft(8)."""

from __future__ import annotations

import operator
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_values
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_expressions import (
    evaluate,
    look_up,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_fields import (
    Dice,
    Found,
    Hidden,
    Nothing,
    kinds_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_sets import fits, parts_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_values import (
    BITS,
    Part,
    Span,
    Unreadable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import NamedSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import (
    CONTENT,
    OWNER,
    UNKNOWN,
    Answer,
    Chance,
    Unsure,
    View,
)

Args = t.Mapping[str, t.Any]
_ORDER: t.Mapping[str, t.Callable[[int, int], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_HIGHEST = (1 << 128) - 1
_CGROUP = {"socket": {"key": "cgroupv2"}}
_OWNERS = ({"meta": {"key": "skuid"}}, {"meta": {"key": "skgid"}}, {"meta": {"key": "cgroup"}})


def matches(view: View, args: Args) -> Answer:
    """Whether a comparison holds. Where the packet has nothing to compare it fails, negated or not."""
    left, op, right = args["left"], args["op"], args["right"]
    if left == _CGROUP and isinstance(right, str):
        return _in_cgroup(view, op, right)
    if _is_set(right):
        return _in_set(view, left, op == "!=", right)
    value = evaluate(view, left)
    if isinstance(value, Nothing):
        return False
    answer = _compared(view, left, value, op, right)
    return answer if answer is not None else _doubt(left)


def _doubt(left: t.Any) -> Unsure:
    """Why a comparison cannot be known."""
    inner = isinstance(left, dict) and isinstance(left.get("payload"), dict) and left["payload"].get("base") == "ih"
    return CONTENT if inner else OWNER if left in _OWNERS else UNKNOWN


def _in_cgroup(view: View, op: str, right: str) -> Answer:
    """Whether the socket's ancestor at the level of a path is that path (nft_socket_eval())."""
    packet, asked = view.packet, right.strip("/")
    if view.context.iif is not None or not packet.owned:
        return False
    if packet.cgroup is None or not asked or op not in ("==", "!="):
        return OWNER
    return f"{packet.cgroup.strip('/')}/".startswith(f"{asked}/") is (op == "==")


def _is_set(right: t.Any) -> bool:
    if isinstance(right, str):
        return right.startswith("@")
    return isinstance(right, dict) and isinstance(right.get("set"), NamedSet)


def _in_set(view: View, left: t.Any, negated: bool, right: t.Any) -> Answer:
    found = look_up(view, left, right)
    if found is None:
        return False
    if any(chosen.share is None for chosen in found):
        return _doubt(left)
    probability = sum(chosen.share or 0.0 for chosen in found if chosen.entry is not None)
    if 0 < probability < 1 - 1e-9:
        return Chance(1 - probability if negated else probability)
    return (probability > 0) is not negated


def _compared(view: View, left: t.Any, value: Found, op: str, right: t.Any) -> Answer | None:
    """None where it cannot be known."""
    if isinstance(value, Dice):
        return _thrown(value, op, right)
    kinds = kinds_of(left)
    if isinstance(value, tuple):
        return _concatenated(value, op, right, kinds)
    if isinstance(value, Hidden):
        return None
    kind = kinds[0]
    if kind == "ifname" and right in ("0", 0, False, True):
        # "fib saddr . iif oif 0": no route; a check of fib for whether there is one.
        return (value == "") is ((right is True) == (op == "!="))
    flags = kind in BITS and isinstance(value, int)
    wanted = _right(view, right, kind)
    if wanted is None:
        return None
    if flags and not _masked(left) and isinstance(value, int) and isinstance(wanted, int):
        if op == "in" or (op == "==" and isinstance(right, list)):
            return value & wanted != 0
        if op == "!" or (op == "!=" and isinstance(right, list)):
            return value & wanted == 0
    if isinstance(right, bool):
        return bool(value) is right if op != "!=" else bool(value) is not right
    if op in _ORDER:
        if not isinstance(value, int) or not isinstance(wanted, int):
            return None
        return _ORDER[op](value, wanted)
    if op in ("==", "in"):
        return fits(value, wanted)
    return not fits(value, wanted) if op == "!=" else None


def _masked(left: t.Any) -> bool:
    """Whether only some bits are compared ("tcp flags syn,ack / syn,ack,rst"): then the right side is their very value,
    and a list there is all of its bits, not any of them."""
    return isinstance(left, dict) and "&" in left


def _right(view: View, right: t.Any, kind: str | None) -> Part | None:
    try:
        return _nft_values.constant(right, kind)
    except (Unreadable, KeyError, IndexError, TypeError, ValueError, RecursionError):
        found = evaluate(view, right, kind)
    return found if isinstance(found, (int, str, bool)) else None


def _concatenated(value: tuple[t.Any, ...], op: str, right: t.Any, kinds: tuple[str | None, ...]) -> bool | None:
    try:
        parts = parts_of(right, kinds)
    except (Unreadable, KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
    answers = [None if isinstance(each, (Hidden, Dice)) else fits(each, part) for each, part in zip(value, parts)]
    if False in answers:
        return op == "!="
    return None if None in answers else op != "!="


def _thrown(dice: Dice, op: str, right: t.Any) -> Answer | None:
    """By how many of its sides a dice fulfils the comparison."""
    try:
        wanted = _nft_values.constant(right, None)
    except (Unreadable, KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
    if isinstance(wanted, (str, bool)):
        return None
    span = wanted if isinstance(wanted, Span) else Span(wanted, wanted) if isinstance(wanted, int) else None
    if span is None:
        return None
    low = span.low
    span = {"<": Span(0, low - 1), "<=": Span(0, low), ">": Span(low + 1, _HIGHEST), ">=": Span(low, _HIGHEST)}.get(
        op, span
    )
    first, last = max(span.low, dice.offset), min(span.high, dice.offset + dice.modulus - 1)
    probability = max(0, last - first + 1) / dice.modulus
    if op == "!=":
        probability = 1 - probability
    return True if probability >= 1 else False if probability <= 0 else Chance(probability)
