# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Results as people know them: the output of ping (iputils) for icmp, of paping for tcp, and one line for the rest.

Pure functions of a result as the module returns it, a dictionary: also the controller and the report use them.
"""

from __future__ import annotations

import typing as t

JsonObject = t.Mapping[str, t.Any]
_PAPING = {
    "refused": "Connection refused",
    "timed_out": "Connection timed out",
    "no_route": "No route to host",
    "unreachable": "Destination unreachable",
}


# The colours of paping's values, as a terminal knows them.
RED, GREEN, YELLOW, BLUE = 31, 32, 33, 34
CANNOT_RESOLVE = 101


def text_of(result: JsonObject, colours: bool = False) -> str:
    """The form that fits the kind of the result. colours: with those that paping has at a terminal."""
    if result.get("kind") == "icmp":
        return ping_text(result)
    if result.get("kind") == "trace":
        return mtr_text(result)
    return paping_text(result, colours) if result.get("kind") == "tcp" else summary_line(result)


def exit_code(result: JsonObject) -> int | None:
    """How ping (0 some answer, 1 none, 2 another error) or paping (0 all connected, 1 not, 101 cannot resolve) ends.

    None for other kinds, and where nothing was measured."""
    sent, received = result.get("sent") or 0, result.get("received") or 0
    if result.get("kind") == "icmp":
        return (0 if received else 1) if sent else 2 if result.get("status") in ("fail", "error") else None
    if result.get("kind") == "tcp":
        if result.get("outcome") == "dns_failure":
            return CANNOT_RESOLVE
        return int(received < sent) if sent else 1 if result.get("status") in ("fail", "error") else None
    return None


def ping_text(result: JsonObject) -> str:
    """As ping prints it; ICMP errors and packets that did not leave are named where ping would name them."""
    address = result.get("address")
    if address is None:
        return f"ping: {result.get('target')}: {_reason(result)}\n"
    lines = [f"PING {result.get('target')} ({address})"]
    lines += [_ping_line(attempt, (result.get("data") or {}).get("ttl")) for attempt in _attempts(result)]
    lines += ["", f"--- {result.get('target')} ping statistics ---", _ping_counts(result)]
    rtt = result.get("rtt_ms")
    if rtt:
        lines.append(
            "rtt min/avg/max/mdev = " + "/".join(f"{rtt[key]:.3f}" for key in ("min", "avg", "max", "mdev")) + " ms"
        )
    if result.get("error"):
        lines.append(f"ping: {result['error']}")
    return "\n".join(lines) + "\n"


def _ping_line(attempt: JsonObject, ttl: int | None) -> str:
    seq, outcome = attempt.get("seq"), attempt.get("outcome")
    if outcome == "reply":
        hops = f" ttl={ttl}" if ttl is not None else ""
        return f"Reply from {attempt.get('address')}: icmp_seq={seq}{hops} time={attempt.get('rtt_ms'):.3f} ms"
    if outcome == "unreachable":
        return f"From {attempt.get('address')} icmp_seq={seq} {attempt.get('detail') or outcome}"
    return f"icmp_seq={seq} {attempt.get('detail') or 'no answer'}"


def _ping_counts(result: JsonObject) -> str:
    errors = len((result.get("data") or {}).get("icmp_errors") or [])
    told = f", +{errors} errors" if errors else ""
    milliseconds = round((result.get("seconds") or 0.0) * 1000)
    return (
        f"{result.get('sent')} packets transmitted, {result.get('received')} received{told}, "
        f"{result.get('loss_percent') or 0:g}% packet loss, time {milliseconds}ms"
    )


def paping_text(result: JsonObject, colours: bool = False) -> str:
    """As paping prints it; other than paping it says why a connection failed."""
    target, port = result.get("target"), result.get("port")
    address = result.get("address")

    def painted(value: t.Any, colour: int) -> str:
        return f"\033[01;{colour}m{value}\033[22;0m" if colours else str(value)

    if address is None:
        return f"Cannot connect to {target} on TCP {port}: {_reason(result)}\n"
    shown = target if target == address else f"{target} [{address}]"
    lines = [f"Connecting to {painted(shown, YELLOW)} on TCP {painted(port, YELLOW)}:", ""]
    for attempt in _attempts(result):
        if attempt.get("outcome") == "open":
            where, time = painted(address, GREEN), painted(f"{attempt.get('rtt_ms'):.2f}ms", GREEN)
            tcp, number = painted("TCP", GREEN), painted(port, GREEN)
            lines.append(f"Connected to {where}: time={time} protocol={tcp} port={number}")
        else:
            lines.append(painted(_failed(attempt), RED))
    sent, received, rtt = result.get("sent") or 0, result.get("received") or 0, result.get("rtt_ms") or {}
    counts = (painted(sent, BLUE), painted(received, GREEN), painted(sent - received, RED))
    share = painted(f"{result.get('loss_percent') or 0:.2f}%", RED)
    times = [painted(f"{rtt.get(name, 0):.2f}ms", BLUE) for name in ("min", "max", "avg")]
    lines += [
        "",
        "Connection statistics:",
        f"\tAttempted = {counts[0]}, Connected = {counts[1]}, Failed = {counts[2]} ({share})",
        "Approximate connection times:",
        f"\tMinimum = {times[0]}, Maximum = {times[1]}, Average = {times[2]}",
    ]
    if result.get("error"):
        lines.append(str(result["error"]))
    return "\n".join(lines) + "\n"


def _failed(attempt: JsonObject) -> str:
    outcome = str(attempt.get("outcome"))
    detail = f" ({attempt.get('detail')})" if attempt.get("detail") else ""
    return f"{_PAPING.get(outcome, outcome)}{detail}"


def mtr_text(result: JsonObject) -> str:
    """As mtr --report prints it; several routers at one distance stand below each other."""
    data = result.get("data") or {}
    hops = data.get("hops") or []
    lines = [f"Start: {result.get('started') or '-'}"]
    lines.append(f"{'HOST: ' + str(result.get('netns')):<34}Loss%   Snt   Last   Avg  Best  Wrst StDev")
    for hop in hops:
        first, *others = sorted(hop["addresses"], key=hop["addresses"].get, reverse=True) or ["???"]
        numbers = [hop[key] or 0.0 for key in ("last_ms", "avg_ms", "best_ms", "worst_ms", "stdev_ms")]
        lines.append(
            f"{hop['ttl']:>3}.|-- {first:<25} {hop['loss_percent'] or 0:>5.1f}% {hop['sent']:>5} "
            + "".join(f"{number:>6.1f}" for number in numbers)
        )
        lines += [f"    |  `|-- {other}" for other in others]
    note = mtr_reading(hops, bool(data.get("reached")))
    return "\n".join([*lines, *([note] if note else [])]) + "\n"


def mtr_reading(hops: t.Sequence[JsonObject], reached: bool) -> str:
    """What the losses mean. Loss that does not go on to the last hop is a router that limits its own ICMP answers."""
    if not hops:
        return ""
    if not reached:
        heard = [hop for hop in hops if hop["addresses"]]
        where = f"behind {next(iter(heard[-1]['addresses']))} (hop {heard[-1]['ttl']})" if heard else "at the first hop"
        return f"Nothing comes back from the target: the answers end {where}."
    last = hops[-1]["loss_percent"] or 0.0
    lossy = [hop for hop in hops[:-1] if (hop["loss_percent"] or 0.0) > last]
    if last:
        start = next(hop for hop in hops if all((later["loss_percent"] or 0.0) > 0 for later in hops[hop["ttl"] - 1 :]))
        return f"{last:g}% of the packets to the target are lost; the loss goes on to the end from hop {start['ttl']}."
    if lossy:
        return "No packet to the target is lost: routers that answer only a part of the time limit their ICMP answers."
    worst = max(hops, key=lambda hop: hop["stdev_ms"] or 0.0)
    if (worst["stdev_ms"] or 0.0) > (worst["avg_ms"] or 0.0):
        return f"Times vary at hop {worst['ttl']}: compare its best and worst, not its average."
    return ""


def summary_line(result: JsonObject) -> str:
    """One line: what was probed, what came of it, and the numbers that matter for its kind."""
    port = f" port {result['port']}" if result.get("port") else ""
    data = result.get("data") or {}
    parts = [str(result.get("outcome") or result.get("status"))]
    if data.get("largest"):
        parts.append(f"largest packet {data['largest']} bytes, interface {data.get('device_mtu')}")
    if data.get("status"):
        parts.append(f"HTTP {data['status']}")
    if data.get("answers"):
        parts.append(", ".join(f"{record['type']} {record['value']}" for record in data["answers"]))
    if result.get("sent"):
        parts.append(f"{result.get('received')} of {result.get('sent')}")
    if result.get("rtt_ms"):
        parts.append(f"{result['rtt_ms']['avg']:.2f} ms")
    if result.get("error"):
        parts.append(str(result["error"]))
    return f"{result.get('kind')} {result.get('target')}{port}: {'; '.join(parts)}\n"


def _attempts(result: JsonObject) -> list[JsonObject]:
    return list(result.get("attempts") or [])


def _reason(result: JsonObject) -> str:
    return str(result.get("error") or result.get("outcome") or result.get("status"))
