# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Rules of nft as text, near to what nft prints itself; the JSON that was collected has none."""

from __future__ import annotations

import typing as t

MAX_SHOWN = 8
_BITWISE = ("&", "|", "^", "<<", ">>")
_NESTED = 12
# Objects of a table that a rule refers to by their names.
_NAMED = ("limit", "quota", "ct helper", "ct timeout", "ct expectation", "synproxy", "secmark")


def rule(statements: t.Any, comment: t.Any = None) -> str:
    """A rule."""
    parts = [statement(each) for each in statements] if isinstance(statements, list) else []
    text = " ".join(part for part in parts if part)
    return f'{text} comment "{comment}"' if isinstance(comment, str) and comment else text


def statement(data: t.Any) -> str:
    """One statement."""
    if isinstance(data, str):
        return data
    if not isinstance(data, dict) or len(data) != 1:
        return str(data)[:80]
    ((name, inside),) = data.items()
    try:
        return str(_statement(name, inside))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        return str(name)


def _statement(name: str, inside: t.Any) -> str:
    if name == "match":
        op = inside.get("op", "==")
        left = inside["left"]
        # nft leaves out what is meant anyway, which it is not where bits are taken before.
        masked = isinstance(left, dict) and bool({"&", "|", "^"} & set(left))
        middle = " " if op in ("==", "in") and not masked else f" {op} "
        return f"{expression(left)}{middle}{expression(inside['right'])}"
    if name == "counter":
        return f"counter packets {inside['packets']} bytes {inside['bytes']}" if isinstance(inside, dict) else "counter"
    if name in ("jump", "goto"):
        return f"{name} {inside['target']}"
    if name == "vmap":
        return f"{expression(inside['key'])} vmap {expression(inside['data'])}"
    if name == "mangle":
        return f"{expression(inside['key'])} set {expression(inside['value'])}"
    if name in ("dnat", "snat", "redirect", "masquerade", "tproxy"):
        return _nat(name, inside or {})
    if name == "reject":
        return _reject(inside or {})
    if name == "limit" and isinstance(inside, dict):
        if "rate" not in inside:
            return f"limit name {expression(inside)}"
        over = "over " if inside.get("inv") else ""
        return f"limit rate {over}{inside.get('rate')}/{inside.get('per')}"
    if name in _NAMED and isinstance(inside, str):
        return f"{name} name {inside}"
    if name == "ct count":
        return f"ct count {'over ' if inside.get('inv') else ''}{inside.get('val')}"
    if name == "log":
        prefix = inside.get("prefix") if isinstance(inside, dict) else None
        return f'log prefix "{prefix}"' if prefix else "log"
    if name == "set":
        return f"{inside.get('op')} {inside.get('set')} {{ {expression(inside.get('elem'))} }}"
    if name == "fwd":
        return f"fwd to {expression(inside.get('dev'))}"
    if name == "xt" and isinstance(inside, dict):
        return f"xt {inside.get('type')} {inside.get('name')}"
    return name


def _nat(name: str, inside: t.Mapping[str, t.Any]) -> str:
    address, port = inside.get("addr"), inside.get("port")
    to = expression(address) if address is not None else ""
    if port is not None:
        to = f"[{to}]" if ":" in to else to
        to = f"{to}:{expression(port)}"
    flags = inside.get("flags") or []
    flags = [flags] if isinstance(flags, str) else flags
    return " ".join(part for part in (name, f"to {to}" if to else "", ",".join(flags)) if part)


def _reject(inside: t.Mapping[str, t.Any]) -> str:
    kind, detail = inside.get("type"), inside.get("expr")
    return " ".join(("reject", *(("with", kind) if kind else ()), *((str(detail),) if detail else ())))


def expression(data: t.Any, depth: int = 0) -> str:
    """One expression."""
    if depth > _NESTED:
        return "…"
    if isinstance(data, bool):
        return "exists" if data else "missing"
    if isinstance(data, (str, int)):
        return str(data)
    if isinstance(data, list):
        return ",".join(expression(each, depth + 1) for each in data[:MAX_SHOWN])
    if not isinstance(data, dict) or len(data) != 1:
        return str(data)[:80]
    ((name, inside),) = data.items()
    if name in _BITWISE and isinstance(inside, list):
        return f" {name} ".join(expression(each, depth + 1) for each in inside)
    function = _EXPRESSIONS.get(name)
    return function(inside, depth + 1) if function is not None else name


def _payload(inside: t.Any, depth: int) -> str:
    if "base" in inside:
        return f"@{inside['base']},{inside.get('offset')},{inside.get('len')}"
    return f"{inside.get('protocol')} {inside.get('field')}"


def _meta(inside: t.Any, depth: int) -> str:
    key = inside if isinstance(inside, str) else str(inside.get("key"))
    bare = ("iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "skuid", "skgid", "iifgroup", "oifgroup")
    return key if key in bare else f"meta {key}"


def _ct(inside: t.Any, depth: int) -> str:
    return " ".join(part for part in ("ct", inside.get("dir"), inside.get("key")) if part)


def _fib(inside: t.Any, depth: int) -> str:
    flags = inside.get("flags")
    return f"fib {' . '.join(flags) if isinstance(flags, list) else flags} {inside.get('result')}"


def _set(inside: t.Any, depth: int) -> str:
    elements: t.Any = inside
    if not isinstance(elements, list):
        pairs = [
            [each.key, each.data] if each.data is not None else each.key for each in inside.elements[: MAX_SHOWN + 1]
        ]
        elements = pairs
    shown = ", ".join(_element(each, depth) for each in elements[:MAX_SHOWN])
    return f"{{ {shown}{', …' if len(elements) > MAX_SHOWN else ''} }}"


def _element(each: t.Any, depth: int) -> str:
    if isinstance(each, list) and len(each) == 2:
        data = each[1]
        shown = statement(data) if isinstance(data, dict) and set(data) & _VERDICTS else expression(data, depth)
        return f"{expression(each[0], depth)} : {shown}"
    return expression(each, depth)


def _dice(name: str) -> t.Callable[[t.Any, int], str]:
    def function(inside: t.Any, depth: int) -> str:
        mode = f" {inside['mode']}" if "mode" in inside else ""
        of = f" {expression(inside['expr'], depth)}" if "expr" in inside else ""
        return f"{name}{mode}{of} mod {inside.get('mod')}"

    return function


_VERDICTS = {"accept", "drop", "jump", "goto", "return", "continue", "queue"}
_EXPRESSIONS: t.Mapping[str, t.Callable[[t.Any, int], str]] = {
    "payload": _payload,
    "meta": _meta,
    "ct": _ct,
    "fib": _fib,
    "set": _set,
    "prefix": lambda inside, depth: f"{inside.get('addr')}/{inside.get('len')}",
    "range": lambda inside, depth: f"{expression(inside[0], depth)}-{expression(inside[1], depth)}",
    "concat": lambda inside, depth: " . ".join(expression(each, depth) for each in inside),
    "map": lambda inside, depth: f"{expression(inside.get('key'), depth)} map {expression(inside.get('data'), depth)}",
    "elem": lambda inside, depth: expression(inside.get("val"), depth),
    "numgen": _dice("numgen"),
    "jhash": _dice("jhash"),
    "symhash": _dice("symhash"),
}
