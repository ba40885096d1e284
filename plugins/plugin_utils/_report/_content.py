# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a report is made from, typed: findings.json and its context (manifest, plan, probes, captures index).

Reading is lenient on purpose. A report is also made from a bundle of a run that broke off, from an older version or
after a tool returned nonsense: a value of the wrong type counts as not known, it never stops the report.
"""

from __future__ import annotations

import dataclasses
import math
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    Finding,
    Location,
    Proof,
    Step,
    Verdict,
)

JsonObject = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Hop:
    """One place on the path; status is ok, broken, suspect or unknown. Counts are packets seen in captures."""

    node: str
    netns: str
    device: str
    kind: str
    label: str
    address: str
    mtu: int | None
    status: str
    note: str
    forward: int | None
    reply: int | None
    findings: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two hops the same place."""
        return (self.node, self.netns, self.kind, self.device or self.label)


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One end of the diagnosis as the user typed it and as it was resolved."""

    text: str
    kind: str
    namespace: str
    name: str
    node: str
    address: str
    port: int | None
    protocol: str
    netns: str
    ready: bool | None
    why: str


@dataclasses.dataclass(frozen=True)
class Place:
    """One end of a probe."""

    node: str = ""
    netns: str = ""
    namespace: str = ""
    pod: str = ""
    service: str = ""
    address: str = ""
    port: int | None = None


@dataclasses.dataclass(frozen=True)
class Sizes:
    """What a search for the path MTU found, in bytes of the IP packet."""

    largest: int | None
    smallest_failed: int | None
    device_mtu: int | None


@dataclasses.dataclass(frozen=True)
class Probe:
    """One probe and its result. Times in milliseconds, loss in percent."""

    id: str
    phase: str
    role: str
    kind: str
    source: Place
    target: Place
    status: str
    outcome: str
    sent: int | None
    received: int | None
    loss: float | None
    rtt: tuple[float, float, float] | None
    error: str
    sizes: Sizes | None
    details: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Capture:
    """One captured device; `weakness` says why a packet may have passed without being in the file."""

    node: str
    device: str
    netns: str
    file: str
    packets: int | None
    dropped: int | None
    error: str
    weakness: str


@dataclasses.dataclass(frozen=True)
class Flow:
    """Where the packets of one probe were last seen and first missed, as "node device" or "".

    `lossless`: the captures missed nothing and no packet could be another's, so that this is proof.
    """

    probe_id: str
    destination: str
    last_forward: str
    missing_forward: str
    last_reply: str
    missing_reply: str
    lossless: bool | None
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something that could not be done, and why."""

    what: str
    why: str


@dataclasses.dataclass(frozen=True)
class Run:
    """Facts of the run itself."""

    run_id: str
    started: str
    finished: str
    versions: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Report:
    """Everything a report shows."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    forward: tuple[Hop, ...]
    reverse: tuple[Hop, ...]
    source: Endpoint
    destination: Endpoint
    port: int | None
    protocol: str
    backends: tuple[Endpoint, ...]
    nodes: tuple[str, ...]
    outside_limit: tuple[str, ...]
    problems: tuple[Problem, ...]
    probes: tuple[Probe, ...]
    captures: tuple[Capture, ...]
    flows: tuple[Flow, ...]
    run: Run

    def named(self, finding_id: str) -> tuple[Finding, ...]:
        """Every finding of that id (one id may be found at several places)."""
        return tuple(finding for finding in self.findings if finding.id == finding_id)


def load(findings: JsonObject, context: JsonObject) -> Report:
    """Read findings.json and its context: {"manifest", "plan", "probes": [...], "captures": index}."""
    plan = _object(context.get("plan"))
    asked = _object(plan.get("options"))
    path = _object(findings.get("path"))
    captures = _object(context.get("captures"))
    return Report(
        verdict=_verdict(_object(findings.get("verdict"))),
        findings=tuple(_finding(item) for item in _objects(findings.get("findings"))),
        steps=tuple(load_step(item) for item in _objects(findings.get("steps"))),
        forward=tuple(_hop(item) for item in _objects(path.get("forward"))),
        reverse=tuple(_hop(item) for item in _objects(path.get("reverse"))),
        source=_endpoint(plan.get("source"), _text(asked.get("source"))),
        destination=_endpoint(plan.get("destination"), _text(asked.get("destination"))),
        port=_integer(asked.get("port")),
        protocol=_text(asked.get("protocol")),
        backends=tuple(_endpoint(item, "") for item in _objects(plan.get("backends"))),
        nodes=_texts(plan.get("nodes")),
        outside_limit=_texts(plan.get("outside_limit")),
        problems=_problems(plan, context),
        probes=tuple(_probe(item) for item in _objects(context.get("probes"))),
        captures=tuple(_capture(item) for item in _objects(captures.get("captures"))),
        flows=tuple(_flow(item) for item in _objects(captures.get("flows"))),
        run=_run(context),
    )


def load_step(item: JsonObject) -> Step:
    """One step, as it stands in findings.json."""
    return _made(Step, item, title=_text(item.get("title")) or _text(item.get("name")))


# -- findings.json -------------------------------------------------------------------------------------------------
def _verdict(item: JsonObject) -> Verdict:
    first = _text(item.get("root_cause"))
    causes = _texts(item.get("root_causes")) or ((first,) if first else ())
    where = _location(item.get("location"))
    return _made(Verdict, item, root_causes=tuple(dict.fromkeys(causes)), location=where)


def _finding(item: JsonObject) -> Finding:
    evidence = tuple(_made(Proof, part) for part in _objects(item.get("evidence")))
    return _made(Finding, item, location=_location(item.get("location")), evidence=evidence)


def _location(value: t.Any) -> Location:
    return _made(Location, _object(value))


def _hop(item: JsonObject) -> Hop:
    seen = _object(item.get("seen"))
    status = _text(item.get("status"))
    return _made(
        Hop,
        item,
        status=status if status in ("ok", "broken", "suspect") else "unknown",
        forward=_integer(seen.get("forward")),
        reply=_integer(seen.get("reply")),
    )


# -- plan.json and the manifest ------------------------------------------------------------------------------------
def _endpoint(value: t.Any, typed: str) -> Endpoint:
    """One end; `typed` is what the user gave, should the end not be resolved."""
    item = _object(value)
    return _made(Endpoint, item, text=_text(item.get("text")) or typed)


def _problems(plan: JsonObject, context: JsonObject) -> tuple[Problem, ...]:
    """Problems of the plan, and what went wrong on a node (events of the run, where the context has them).

    Events that were skipped are told by the steps they belong to.
    """
    found = [Problem(_text(item.get("what")), _text(item.get("text"))) for item in _objects(plan.get("problems"))]
    for event in _objects(context.get("events")):
        if event.get("status") == "error":
            what = " on ".join(filter(None, (_text(event.get("phase")).replace("_", " "), _text(event.get("node")))))
            found.append(Problem(what, _text(event.get("text"))))
    return tuple(dict.fromkeys(found))


def _run(context: JsonObject) -> Run:
    manifest, plan = _object(context.get("manifest")), _object(context.get("plan"))
    options = _object(manifest.get("options")) or _object(plan.get("options"))
    last = max((_text(event.get("time")) for event in _objects(context.get("events"))), default="")
    return Run(
        run_id=_text(manifest.get("run_id")) or _text(plan.get("run_id")),
        started=_text(manifest.get("started")) or _text(manifest.get("created")),
        finished=_text(manifest.get("finished")) or _text(manifest.get("sealed")) or last,
        versions=tuple(_versions(manifest)),
        options=tuple((_text(key), _text(value)) for key, value in options.items()),
    )


def _versions(manifest: JsonObject) -> t.Iterator[tuple[str, str]]:
    for key, name in (("collection", "podnet.diagnostics"), ("ansible", "ansible-core"), ("python", "Python")):
        if manifest.get(key):
            yield name, _text(manifest[key])
    for key, value in _object(manifest.get("versions")).items():
        yield _text(key), _text(value)


# -- probes and captures -------------------------------------------------------------------------------------------
def _probe(item: JsonObject) -> Probe:
    request, result = _object(item.get("request")), _object(item.get("result"))

    def either(key: str) -> t.Any:
        value = result.get(key)
        return request.get(key) if value is None else value

    source = _place(request.get("from"))
    target = _place(request.get("to"))
    node, netns = _text(item.get("node")), _text(either("netns"))
    address, port = _text(either("target")), _integer(either("port"))
    asked = {name: _text(either(name)) for name in ("id", "role", "kind")}
    return _made(
        Probe,
        result,
        **asked,
        phase=_text(item.get("phase")),
        source=dataclasses.replace(source, node=source.node or node, netns=source.netns or netns),
        target=dataclasses.replace(target, address=address or target.address, port=port or target.port),
        loss=_number(result.get("loss_percent")),
        rtt=_rtt(_object(result.get("rtt_ms"))),
        sizes=_sizes(_object(result.get("data"))),
        details=tuple(_probe_details(_object(result.get("data")))),
    )


def _place(value: t.Any) -> Place:
    return _made(Place, _object(value))


def _rtt(item: JsonObject) -> tuple[float, float, float] | None:
    low, middle, high = (_number(item.get(key)) for key in ("min", "avg", "max"))
    return None if low is None or middle is None or high is None else (low, middle, high)


def _sizes(data: JsonObject) -> Sizes | None:
    found = Sizes(*(_integer(data.get(key)) for key in ("largest", "smallest_failed", "device_mtu")))
    return found if found.largest is not None or found.smallest_failed is not None else None


def _probe_details(data: JsonObject) -> t.Iterator[str]:
    """What some kinds of probe measured besides time, loss and size, one short phrase each."""
    if data.get("rcode") is not None:
        yield f"DNS answer code {_text(data.get('rcode'))}"
    answers = [_answer(item) for item in _items(data.get("answers"))]
    if answers:
        yield f"answers: {', '.join(answers)}"
    if data.get("status") is not None:
        yield f"HTTP status {_text(data.get('status'))}"
    errors = [
        f"{_text(error.get('text'))} from {_text(error.get('from'))}" for error in _objects(data.get("icmp_errors"))
    ]
    if errors:
        yield f"ICMP error: {'; '.join(dict.fromkeys(errors))}"


def _answer(item: t.Any) -> str:
    """A DNS record in one phrase."""
    record = _object(item)
    return " ".join(_text(record.get(key)) for key in ("type", "value") if record.get(key)) or _text(item)


def _capture(item: JsonObject) -> Capture:
    return _made(Capture, item, dropped=_integer(item.get("dropped_by_kernel")))


def _flow(item: JsonObject) -> Flow:
    def place(key: str) -> str:
        found = _object(item.get(key))
        return " ".join(filter(None, (_text(found.get("node")), _text(found.get("device")))))

    places = ("last_forward", "missing_forward", "last_reply", "missing_reply")
    return _made(Flow, item, **{name: place(name) for name in places})


# -- plain values --------------------------------------------------------------------------------------------------
def _object(value: t.Any) -> JsonObject:
    return value if isinstance(value, t.Mapping) else {}


def _objects(value: t.Any) -> tuple[JsonObject, ...]:
    return tuple(item for item in value if isinstance(item, t.Mapping)) if isinstance(value, (list, tuple)) else ()


def _items(value: t.Any) -> tuple[t.Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _texts(value: t.Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(_text(item) for item in value) if isinstance(value, (list, tuple)) else ()


def _text(value: t.Any) -> str:
    """A value as text: nothing for None, yes/no for booleans, lists joined, objects as key=value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, t.Mapping):
        return ", ".join(f"{_text(key)}={_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _number(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _integer(value: t.Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _boolean(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


_READERS: t.Mapping[str, t.Callable[[t.Any], t.Any]] = {
    "str": _text,
    "str | None": _text,
    "int | None": _integer,
    "float | None": _number,
    "bool | None": _boolean,
    "tuple[str, ...]": _texts,
}
_Record = t.TypeVar("_Record")


def _made(kind: type[_Record], item: JsonObject, /, **given: t.Any) -> _Record:
    """A record of plain values, each read as its field's type says. given: the fields that have no value of their name
    in the object, or more than a plain one. kind: a dataclass; `typing` has no word for one."""
    fields = [field for field in dataclasses.fields(kind) if field.name not in given]  # type: ignore[arg-type]
    return kind(**given, **{field.name: _READERS[str(field.type)](item.get(field.name)) for field in fields})
