# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a capture is asked and what it answers.

Everything that comes from outside is checked here; the code behind may rely on it.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._netns import HOST, PodRef
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import Range, allowed, number_problem

# A device name as the kernel takes it (dev_valid_name): at most 15 bytes, no slash, colon or space. A leading dash
# would be read as an option, "any" is tcpdump's own word for all devices.
_DEVICE = re.compile(r"(?!-)(?!any$)[^/:\s\x00-\x20\x7f]{1,15}")
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NETNS = re.compile(r"host|pod:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_FILTER = re.compile(r"[A-Za-z0-9 .:()\[\]&|=!<>+*/-]{0,65536}")
MAX_DEVICES = 64
# The length of an IPv4 packet with eight bytes of payload or more.
_PACKET_BYTES = Range(28, 65535)
MAX_MARKED = 16


class CaptureError(Exception):
    """A capture cannot be started or stopped as a whole; the text says what and why."""


@dataclasses.dataclass(frozen=True)
class Device:
    """A network device and the namespace it is in: ``host`` or ``pod:NAMESPACE/NAME``.

    filter: which packets to capture there, None for those of the whole run.
    """

    name: str
    netns: str = HOST
    filter: str | None = dataclasses.field(default=None, compare=False)

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Device:
        name, netns = data.get("name"), data.get("netns") or HOST
        if not isinstance(name, str) or not _DEVICE.fullmatch(name):
            raise CaptureError(f"Cannot capture on {_shown(name)}: this is no name of a network device")
        if not isinstance(netns, str) or not _NETNS.fullmatch(netns):
            raise CaptureError(f"Cannot capture on {name}: {_shown(netns)} is neither host nor pod:NAMESPACE/NAME")
        filter_ = data.get("filter")
        return cls(name, netns, _checked_filter(filter_) if filter_ is not None else None)

    def to_dict(self) -> dict[str, t.Any]:
        return {"name": self.name, "netns": self.netns}

    def __str__(self) -> str:
        return self.name if self.netns == HOST else f"{self.name} of {self.netns}"


@dataclasses.dataclass(frozen=True)
class StartOptions:
    """What to capture. snaplen: bytes kept of each packet; deadline and grace: seconds.

    The capture ends by itself at the deadline; its files are removed ``grace`` seconds later. marked: lengths of IP
    packets that the kernel's own events are asked for, empty for none. ring: the newest packets are kept, whatever
    their number, about ring_megabytes million bytes of each device. trace_rules: whether the packet filter is asked,
    too, which rules the marked packets meet. max_file_bytes: a capture ends when its file is that large, 0 for never.
    min_free: all captures end when the disk has less than so many bytes free, 0 for never.
    """

    run_id: str
    devices: tuple[Device, ...]
    pods: tuple[PodRef, ...] = ()
    filter: str = ""
    snaplen: int = 160
    deadline: float = 60
    grace: float = 60
    max_packets: int = 20000
    marked: tuple[int, ...] = ()
    ring: bool = False
    trace_rules: bool = False
    ring_megabytes: int = 2
    max_file_bytes: int = 0
    min_free: int = 0

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> StartOptions:
        """Check module options; CaptureError names the first bad one."""
        devices = tuple(dict.fromkeys(Device.from_dict(device) for device in data.get("devices") or ()))
        if not devices:
            raise CaptureError("Cannot start a capture: no device is named")
        if len(devices) > MAX_DEVICES:
            raise CaptureError(f"Cannot start a capture on {len(devices)} devices: at most {MAX_DEVICES} are possible")
        return cls(
            run_id=checked_run_id(data.get("run_id")),
            devices=devices,
            pods=tuple(PodRef.from_dict(pod) for pod in data.get("pods") or ()),
            filter=_checked_filter(data.get("filter") or ""),
            snaplen=int(_in_range("snaplen", data.get("snaplen", 160))),
            deadline=_in_range("deadline", data.get("deadline", 60)),
            grace=_in_range("grace", data.get("grace", 60)),
            max_packets=int(_in_range("max_packets", data.get("max_packets", 20000))),
            marked=_checked_marked(data.get("marked") or ()),
            trace_rules=bool(data.get("trace_rules")),
            ring=bool(data.get("ring")),
            ring_megabytes=int(_in_range("ring_megabytes", data.get("ring_megabytes", 2))),
            max_file_bytes=int(_in_range("max_file_bytes", data.get("max_file_bytes", 0))),
            min_free=int(_in_range("min_free", data.get("min_free", 0))),
        )


@dataclasses.dataclass(frozen=True)
class DeviceStatus:
    """How the start went on one device; error is None where tcpdump listens. link_type: as tcpdump names it."""

    device: Device
    pid: int | None = None
    start_time: int | None = None  # clock ticks since boot, with the pid the identity of a process
    error: str | None = None
    link_type: str | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """As the module returns it."""
        return {
            **self.device.to_dict(),
            "pid": self.pid,
            "status": "error" if self.error else "running",
            "link_type": self.link_type,
            "error": self.error,
        }

    def to_json(self) -> dict[str, t.Any]:
        """As it is kept for the stop."""
        return {**self.to_dict(), "start_time": self.start_time}

    @classmethod
    def from_json(cls, data: t.Mapping[str, t.Any]) -> DeviceStatus:
        return cls(
            Device(data["name"], data["netns"]), data["pid"], data["start_time"], data["error"], data["link_type"]
        )


@dataclasses.dataclass(frozen=True)
class Captured:
    """What a device's capture gave. Counters are packets and None where tcpdump did not tell them.

    ended: stopped (by us), deadline, max_packets, max_file_bytes, no_space, died, or not_started. truncated: the
    returned pcap is only the first part of the file.
    """

    device: Device
    snaplen: int
    ended: str
    pcap: str | None = None
    captured: int | None = None
    received: int | None = None
    dropped_by_kernel: int | None = None
    dropped_by_interface: int | None = None
    truncated: bool = False
    error: str | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """As the module returns it."""
        return {
            "device": self.device.name,
            "netns": self.device.netns,
            "pcap": self.pcap,
            "captured": self.captured,
            "received": self.received,
            "dropped_by_kernel": self.dropped_by_kernel,
            "dropped_by_interface": self.dropped_by_interface,
            "snaplen": self.snaplen,
            "truncated": self.truncated,
            "ended": self.ended,
            "error": self.error,
        }


def checked_run_id(value: object) -> str:
    """The run id, which names a directory; CaptureError when it is anything else than a plain word."""
    if not isinstance(value, str) or not _RUN_ID.fullmatch(value):
        raise CaptureError(f"Cannot use run id {_shown(value)}: letters, digits, dot, dash and underscore are allowed")
    return value


def _checked_filter(value: object) -> str:
    if not isinstance(value, str) or not _FILTER.fullmatch(value) or value.startswith("-"):
        raise CaptureError(f"Cannot use filter {_shown(value)}: it has characters that no packet filter needs")
    return value


def checked_max_bytes(value: object) -> int:
    """How many bytes of each capture may be returned; CaptureError when it is out of range."""
    return int(_in_range("max_bytes", value))


def _checked_marked(lengths: t.Iterable[object]) -> tuple[int, ...]:
    for length in lengths:
        problem = number_problem("marked", length, _PACKET_BYTES)
        if problem:
            raise CaptureError(problem)
    return tuple(int(str(length)) for length in lengths)[:MAX_MARKED]


def _in_range(name: str, value: object) -> float:
    range_ = allowed("capture", name)
    number = range_.number(value)
    if number is None:
        raise CaptureError(number_problem(name, value, range_))
    return number


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
