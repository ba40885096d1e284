# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of a capture: what is asked for, where, the transfer, the file, the live view, the trigger."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import pathlib
import struct
import threading
import typing as t
import zlib

import pytest
from scapy.utils import PcapNgReader

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._live import Live, LiveError, make_fifo
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._merge import Source, merge
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._points import choose
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._request import parse_request
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._summary import Outcome
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._transfer import (
    Transfer,
    TransferError,
    room_problem,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._trigger import CheckTrigger, ProbeTrigger
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._mapping import Mapping
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._redact._pcapng import PcapngError, rewrite

Json = dict[str, t.Any]


# -- what is asked for -----------------------------------------------------------------------------------------
def test_a_request() -> None:
    request, problems = parse_request(
        {
            "targets": ["pod:default/web-0", " service:default/web ", "pod:default/web-0", ""],
            "devices": ["eth0", "weird;$(reboot)"],
            "probe_source": "node:node-1",
            "probe_destination": "192.0.2.7",
            "probe_port": "80",
            "check": ["podnet-connectivity-checks", "a/b.c"],
        }
    )
    assert problems == [] and request is not None and request.probe is not None
    assert [target.text for target in request.targets] == ["pod:default/web-0", "service:default/web"]
    assert request.devices == ("eth0", "weird;$(reboot)")
    assert (request.probe.port, request.probe.protocol, request.probe.failures) == (80, "tcp", 1)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"targets": []}, "capture_targets is empty"),
        ({"targets": ["192.0.2.1"]}, "capture_targets '192.0.2.1' cannot be captured on"),
        ({"targets": ["pod:a/b/c"]}, "is not pod:NAMESPACE/NAME"),
        ({"targets": ["pod:{{x}}/y"]}, "is not pod:NAMESPACE/NAME"),
        ({"devices": ["any"]}, "capture_devices 'any' is no name of a network device"),
        ({"devices": ["-w/etc/x"]}, "is no name of a network device"),
        ({"devices": ["a b"]}, "is no name of a network device"),
        ({"devices": [f"d{number}" for number in range(17)]}, "at most 16 are possible"),
        ({"probe_source": "node:a"}, "capture_probe_destination is missing"),
        ({"probe_source": "node:a", "probe_destination": "192.0.2.7"}, "capture_probe_port is missing"),
        ({"probe_source": "service:a/b", "probe_destination": "192.0.2.7", "probe_port": 1}, "is neither pod:"),
        ({"probe_source": "node:a", "probe_destination": "example.com", "probe_port": 1}, "is no pod, node, Service"),
        ({"check": ["a/b/c"]}, "capture_check 'a/b/c' is neither"),
    ],
)
def test_what_cannot_be_asked_for(values: Json, text: str) -> None:
    request, problems = parse_request({"targets": ["node:node-1"], **values})
    assert request is None and text in "; ".join(problems)


# -- where -----------------------------------------------------------------------------------------------------
PLACE = "pod:default/web-0"
SNAPSHOT: Json = {
    "netns": [
        {
            "id": "host",
            "links": [
                {"name": "lo", "index": 1},
                {"name": "eth0", "index": 2, "addresses": [{"address": "192.0.2.11"}]},
                {"name": "cni0", "index": 3},
                {"name": "flannel.1", "index": 4, "up": True, "vxlan": {"port": 8472, "dev": "eth0"}},
                {"name": "veth1", "index": 5, "kind": "veth", "master": "cni0"},
            ],
        },
        {"id": PLACE, "links": [{"name": "lo"}, {"name": "eth0", "kind": "veth", "peer_index": 5}]},
    ]
}


def node(whole: bool = False, pods: bool = True) -> Json:
    return {
        "whole": whole,
        "address": "192.0.2.11",
        "pod_namespaces": [PLACE] if pods else [],
        "addresses": {PLACE: ["10.244.1.5"]} if pods else {},
    }


def chosen(entry: Json, names: t.Sequence[str] = (), way: bool = False, text: str = "") -> list[tuple[str, str]]:
    return [(device["name"], device["netns"]) for device in choose(SNAPSHOT, entry, names, way, text).devices]


def test_the_usual_devices() -> None:
    assert chosen(node()) == [("eth0", PLACE)]
    assert chosen(node(whole=True, pods=False)) == [("flannel.1", "host"), ("eth0", "host")]
    way = [("eth0", PLACE), ("veth1", "host"), ("cni0", "host"), ("flannel.1", "host"), ("eth0", "host")]
    assert chosen(node(), way=True) == way


def test_devices_that_are_named() -> None:
    assert chosen(node(), ["eth0"]) == [("eth0", PLACE)]
    assert chosen(node(), ["cni0"]) == [("cni0", "host")]
    assert chosen(node(whole=True, pods=False), ["cni0", "eth9"]) == [("cni0", "host")]
    assert choose(SNAPSHOT, node(), ["eth9"], False, "").problems == ("there is no device eth9",)


def test_a_device_of_the_way_has_the_packets_of_the_pods_alone() -> None:
    points = choose(SNAPSHOT, node(), (), True, "tcp port 80")
    own, *others = [device["filter"] for device in points.devices]
    assert own == "tcp port 80" and points.vxlan_ports == (8472,)
    for text in others:
        assert text.startswith("((tcp port 80) and ((host 10.244.1.5))) or ") and "udp dst port 8472" in text
    assert choose(SNAPSHOT, node(whole=True), (), False, "arp").devices[-1]["filter"] == "arp"


def test_a_pod_that_is_not_there_is_told() -> None:
    points = choose({"netns": SNAPSHOT["netns"][:1]}, node(), (), False, "")
    assert points.devices == () and points.problems == (
        f"Cannot find {PLACE} on the node: none of its processes was found",
    )


# -- the transfer ----------------------------------------------------------------------------------------------
class Node:
    """The capture module of a node with some files. wrong: how many answers are not what the file has."""

    def __init__(self, files: dict[str, bytes], wrong: int = 0) -> None:
        self.files = files
        self.wrong = wrong
        self.calls = 0

    def __call__(self, arguments: Json) -> Json:
        self.calls += 1
        assert arguments["state"] == "read"
        parts, left = [], 1000
        for part in arguments["parts"]:
            data = self.files[part["name"]][part["offset"] :][:left]
            left -= len(data)
            if self.wrong and data:
                self.wrong -= 1
                data = bytes([data[0] ^ 1]) + data[1:]
            coded = base64.b64encode(zlib.compress(data)).decode()
            parts.append({**part, "length": len(data), "size": len(self.files[part["name"]]), "data": coded})
        return {"parts": parts}

    def sums(self) -> list[Json]:
        return [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.files.items()
        ]


FILES = {"0.pcap": os.urandom(4500), "1.pcap": b"", "2.pcap": os.urandom(10)}


def test_files_come_in_parts_and_whole(tmp_path: pathlib.Path) -> None:
    there = Node(FILES)
    Transfer(there, "run", tmp_path / "raw").fetch(there.sums())
    assert {path.name: path.read_bytes() for path in (tmp_path / "raw").iterdir()} == FILES
    assert there.calls == 5 and (tmp_path / "raw" / "0.pcap").stat().st_mode & 0o777 == 0o600
    # What was fetched for the live view is not fetched twice.
    Transfer(there, "run", tmp_path / "raw").fetch(there.sums())
    assert there.calls == 5


def test_a_part_that_was_damaged_on_the_way_is_fetched_again(tmp_path: pathlib.Path) -> None:
    there = Node(FILES, wrong=1)
    Transfer(there, "run", tmp_path).fetch(there.sums())
    assert (tmp_path / "0.pcap").read_bytes() == FILES["0.pcap"]


def test_a_file_whose_sum_stays_wrong_is_no_file(tmp_path: pathlib.Path) -> None:
    there = Node(FILES, wrong=99)
    with pytest.raises(TransferError, match=r"the sum of 0\.pcap is not the one that it has on the node"):
        Transfer(there, "run", tmp_path).fetch(there.sums())
    assert not (tmp_path / "0.pcap").exists()


def test_a_file_that_became_shorter_does_not_go_on_for_ever(tmp_path: pathlib.Path) -> None:
    there = Node(FILES)
    sums = there.sums()
    there.files = {**FILES, "0.pcap": FILES["0.pcap"][:10]}
    with pytest.raises(TransferError, match="has become shorter"):
        Transfer(there, "run", tmp_path).fetch(sums)


@pytest.mark.parametrize("part", [{"data": "!"}, {"data": base64.b64encode(b"no zlib").decode()}, {"length": 3}])
def test_an_answer_that_is_none(tmp_path: pathlib.Path, part: Json) -> None:
    there = Node(FILES)

    def damaged(arguments: Json) -> Json:
        return {"parts": [{**found, **part} for found in there(arguments)["parts"]]}

    with pytest.raises(TransferError):
        Transfer(damaged, "run", tmp_path).fetch(there.sums())


def test_an_answer_with_another_name_is_not_written(tmp_path: pathlib.Path) -> None:
    coded = base64.b64encode(zlib.compress(b"x")).decode()
    part = {"name": "../escaped", "offset": 0, "length": 1, "data": coded}
    with pytest.raises(TransferError, match="nobody asked for"):
        Transfer(lambda _arguments: {"parts": [part]}, "run", tmp_path / "raw").fetch(Node(FILES).sums())
    assert not (tmp_path / "escaped").exists()


def test_room(tmp_path: pathlib.Path) -> None:
    assert room_problem(tmp_path, 1000, 0) == ""
    assert "MB that stay free" in room_problem(tmp_path, 1000, 10**17)
    assert "Cannot look at the disk" in room_problem(tmp_path / "missing", 1, 0)


# -- the file --------------------------------------------------------------------------------------------------
def packet(number: int) -> bytes:
    """Ethernet, IPv4, UDP and a word."""
    address = bytes([10, 244, 1, number])
    ip = b"\x45\0\0\x26\0\0\0\0\x40\x11\0\0" + address + bytes([192, 0, 2, 9])
    return (
        b"\x02\0\0\0\0\x09"
        + b"\x02\0\0\0\0"
        + bytes([number])
        + b"\x08\0"
        + ip
        + b"\x12\x34\0\x35\0\x12\0\0secret-word"
    )


def pcap(times: t.Iterable[int], nano: bool = False, snaplen: int = 192) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    records = [
        struct.pack("<IIII", moment // 1000, moment % 1000 * (10**6 if nano else 1000), len(data), len(data)) + data
        for moment in times
        for data in [packet(moment % 200)]
    ]
    return struct.pack("<IHHiIII", magic, 2, 4, 0, 0, snaplen, 1) + b"".join(records)


def source(
    folder: pathlib.Path, where: str, device: str, *files: bytes, netns: str = "host", **record: t.Any
) -> Source:
    folder = folder / where
    folder.mkdir(exist_ok=True)
    paths = []
    for data in files:
        path = folder / f"{len(list(folder.iterdir()))}.pcap"
        path.write_bytes(data)
        paths.append(path)
    return Source(where, {"device": device, "netns": netns, **record}, tuple(paths))


def read(data: bytes) -> list[t.Any]:
    with PcapNgReader(io.BytesIO(data)) as reader:
        return list(reader)


def test_all_devices_are_in_one_file_with_their_names(tmp_path: pathlib.Path) -> None:
    hostile = "eth0\u202e\x1b[31m"
    sources = [
        source(tmp_path, "node-1", "eth0", pcap([1000, 3000]), netns=PLACE, received=2, dropped_by_kernel=0),
        source(tmp_path, "node-2", hostile, pcap([2000, 4000], nano=True)),
    ]
    stream = io.BytesIO()
    merged = merge(sources, stream, "a comment")
    assert merged.packets == [2, 2] and (merged.first, merged.last) == (1 * 10**9, 4 * 10**9)
    packets = read(stream.getvalue())
    assert [round(float(found.time)) for found in packets] == [1, 2, 3, 4]
    assert {found.sniffed_on for found in packets} == {f"node-1 eth0 {PLACE}", "node-2 eth0\\u202e\\x1b[31m"}
    assert b"secret-word" not in stream.getvalue()
    with_payload = io.BytesIO()
    merge(sources, with_payload, "", payload=True)
    assert with_payload.getvalue().count(b"secret-word") == 4


def test_a_ring_is_read_from_its_oldest_packet_on(tmp_path: pathlib.Path) -> None:
    stream = io.BytesIO()
    merge([source(tmp_path, "node-1", "eth0", pcap([5000, 6000]), pcap([3000, 4000]))], stream, "")
    assert [round(float(found.time)) for found in read(stream.getvalue())] == [3, 4, 5, 6]


@pytest.mark.parametrize("data", [b"", b"\xd4\xc3\xb2\xa1", b"no capture at all, but long enough", pcap([1])[:-3]])
def test_a_file_that_is_cut_or_none_keeps_no_other_from_it(tmp_path: pathlib.Path, data: bytes) -> None:
    stream = io.BytesIO()
    merged = merge([source(tmp_path, "a", "x", data), source(tmp_path, "b", "y", pcap([1, 2]))], stream, "")
    assert merged.packets == [0, 2] and len(read(stream.getvalue())) == 2


def test_redacted_and_back(tmp_path: pathlib.Path) -> None:
    key = b"k" * 32
    text = "host 10.244.1.5 and not host 192.0.2.9"
    sources = [source(tmp_path, "ip-10-0-3-4", "eth0", pcap(range(50)), filter=text, received=50, dropped_by_kernel=1)]
    plain, redacted, again, back = (io.BytesIO() for _stream in range(4))
    merge(sources, plain, "of 10.244.1.5")
    merge(sources, redacted, "of 10.244.1.5", mapping=Mapping(key))
    rewrite(io.BytesIO(plain.getvalue()), again, Mapping(key))
    rewrite(io.BytesIO(redacted.getvalue()), back, Mapping(key, restore=True))
    assert redacted.getvalue() == again.getvalue() != plain.getvalue() == back.getvalue()
    for hidden in (b"10.244.1.5", b"10-0-3-4", bytes([192, 0, 2, 9]), bytes([10, 244, 1])):
        assert hidden not in redacted.getvalue()
    other = io.BytesIO()
    rewrite(io.BytesIO(redacted.getvalue()), other, Mapping(key[::-1] + b"x", restore=True))
    assert other.getvalue() != plain.getvalue()


@pytest.mark.parametrize("cut", [0, 3, 12, 27, 100, -1])
def test_what_is_no_capture_file_is_not_redacted(tmp_path: pathlib.Path, cut: int) -> None:
    stream = io.BytesIO()
    merge([source(tmp_path, "a", "x", pcap([1, 2]))], stream, "")
    with pytest.raises(PcapngError):
        rewrite(io.BytesIO(stream.getvalue()[:cut]), io.BytesIO(), Mapping(b"k"))
    with pytest.raises(PcapngError, match="no pcapng file"):
        rewrite(io.BytesIO(pcap([1])), io.BytesIO(), Mapping(b"k"))


# -- the live view ---------------------------------------------------------------------------------------------
def test_a_reader_gets_everything_from_the_first_packet_on_while_the_file_grows(tmp_path: pathlib.Path) -> None:
    path = make_fifo(tmp_path / "live", "node-1")
    assert path.stat().st_mode & 0o777 == 0o600
    live = Live(path)
    growing = source(tmp_path, "node-1", "eth0", pcap([1000, 2000]))
    live.show([growing])  # nobody reads yet, and nothing waits for that
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    while not live._pipe >= 0:
        live.show([growing])
    whole = pcap([1000, 2000, 3000, 4000])
    growing.files[0].write_bytes(whole[:-5])
    live.show([growing])
    growing.files[0].write_bytes(whole)
    live.show([growing])
    live.close()
    reader.join(10)
    assert [round(float(found.time)) for found in read(got[0])] == [1, 2, 3, 4]
    assert b"secret-word" not in got[0] and not path.exists()


def test_a_reader_that_goes_may_come_again(tmp_path: pathlib.Path) -> None:
    live = Live(make_fifo(tmp_path, "node-1"))
    known = source(tmp_path, "node-1", "eth0", pcap([1000]))
    for _turn in range(2):
        reader = os.open(tmp_path / "node-1.pcapng", os.O_RDONLY | os.O_NONBLOCK)
        live.show([known])
        assert len(read(os.read(reader, 65536))) == 1
        os.close(reader)
        known.files[0].write_bytes(pcap([1000, *range(2000, 2200)]))
        live.show([known])
        assert live._pipe < 0
        known.files[0].write_bytes(pcap([1000]))
    live.close()


def test_what_is_no_pipe_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "node-1.pcapng").write_text("precious")
    with pytest.raises(LiveError, match="there is something else of this name"):
        make_fifo(tmp_path, "node-1")
    assert (tmp_path / "node-1.pcapng").read_text() == "precious"


# -- the trigger -----------------------------------------------------------------------------------------------
def test_failures_in_a_row_trigger_and_what_was_not_measured_does_not() -> None:
    trigger = ProbeTrigger(2, "tcp from a to b")
    good, bad, unknown = (
        {"status": "pass"},
        {"status": "fail", "outcome": "no_reply"},
        {"status": "error", "error": "no pod"},
    )
    assert [trigger.add(result) for result in (good, bad, good, bad, unknown)] == [""] * 5
    assert trigger.unmeasured == "no pod"
    assert trigger.add(bad) == "tcp from a to b failed 2 times in a row: no reply"
    assert ProbeTrigger(1, "x").add(bad) == "x failed at its attempt 1: no reply"


class Checks:
    """An API with some checks."""

    def __init__(self, **conditions: tuple[str, str]) -> None:
        self.conditions = conditions

    def list(self, path: str) -> t.Iterator[Json]:
        assert path.endswith("/namespaces/ns/podnetworkconnectivitychecks")
        return iter([self._item(name) for name in self.conditions])

    def get(self, path: str) -> Json:
        return self._item(path.rpartition("/")[2])

    def _item(self, name: str) -> Json:
        status, since = self.conditions[name]
        condition = [{"type": "Reachable", "status": status, "lastTransitionTime": since}] if status else []
        return {"metadata": {"namespace": "ns", "name": name}, "status": {"conditions": condition}}


def test_a_check_that_turns_triggers_and_one_that_was_down_before_does_not() -> None:
    api = Checks(up=("True", "1"), down=("False", "1"), new=("", ""))
    trigger = CheckTrigger(t.cast(t.Any, api), ["ns"])
    assert trigger.arm() == (3, ["ns/down"])
    assert trigger.look() == ""
    api.conditions["late"] = ("False", "2")
    assert trigger.look() == ""
    api.conditions["up"] = ("False", "3")
    assert trigger.look() == "the connectivity check ns/up turned not reachable"
    assert trigger.look() == ""


def test_a_check_that_was_up_for_a_moment_between_two_looks_triggers() -> None:
    api = Checks(down=("False", "1"))
    trigger = CheckTrigger(t.cast(t.Any, api), ["ns/down"])
    trigger.arm()
    api.conditions["down"] = ("False", "2")
    assert trigger.look() == "the connectivity check ns/down turned not reachable"


def test_a_check_that_turned_while_captures_began_triggers() -> None:
    """What one task saw before them is where the next one goes on; between the two it is a file."""
    api = Checks(up=("True", "1"), down=("False", "1"))
    before = CheckTrigger(t.cast(t.Any, api), ["ns"])
    before.arm()
    api.conditions["up"] = ("False", "2")
    trigger = CheckTrigger(t.cast(t.Any, api), ["ns"])
    trigger.go_on(json.loads(json.dumps(before.seen())))
    assert trigger.look() == "the connectivity check ns/up turned not reachable"
    assert trigger.look() == ""


# -- the result ------------------------------------------------------------------------------------------------
def outcome(**values: t.Any) -> Outcome:
    plan = {"options": {"armed": False, "seconds": 60}, "run_id": "r", "nodes": {}}
    capture = {"node": "n", "device": "d", "netns": "host", "packets": 3, "dropped_by_kernel": 0, "ended": "deadline"}
    known = {"plan": plan, "ended": {"ended": "time", "text": "x"}, "trigger": None, "captures": [capture]}
    return Outcome(**{**known, "problems": [], "file": {"bytes": 2048}, **values})


def test_results() -> None:
    assert (outcome().result, outcome().summary) == ("complete", "3 packets of 1 device on 1 node (2.0 kB)")
    assert outcome(problems=["node-2: dead"]).result == "incomplete"
    assert "node-2: dead" in outcome(problems=["node-2: dead"]).summary
    assert outcome(file=None).result == "nothing"
    armed = {"options": {"armed": True, "seconds": 60}, "run_id": "r", "nodes": {}}
    assert outcome(plan=armed, file=None, captures=[]).result == "not_triggered"
    assert outcome(plan=armed, trigger={"text": "probe failed"}).result == "complete"


def test_a_hostile_name_is_no_markup() -> None:
    capture = {
        "node": "n",
        "device": "|x|\n<b>`",
        "netns": "host",
        "packets": 3,
        "dropped_by_kernel": None,
        "ended": "died",
    }
    row = [line for line in outcome(captures=[capture]).markdown().splitlines() if line.startswith("| n ")]
    assert row == ["| n | \\|x\\|\\\\n\\<b\\>\\` | host | 3 | ? | it failed |"]
