# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What one device captured, and how far its silence can be trusted."""

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import io
import typing as t
import zlib

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import (
    LINK_ETHERNET,
    Dissector,
    Packet,
    without_payload,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcap import (
    Frame,
    PcapError,
    read_pcap,
    stream_frames,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._pcapng import Interface, write_pcapng

HOST = "host"
# A capture comes from another machine: however small it is compressed, no more than this is unpacked.
MAX_PCAP = 64 << 20
_GZIP = 31
# Captures with no more frames than this are taken apart as a whole.
FEW_FRAMES = 5000


class Interest(t.Protocol):
    """A quick look at a frame, before it is taken apart (see _headers)."""

    def learn(self, data: bytes) -> None:
        """Note what a frame says of the probes' connections."""

    def wanted(self, data: bytes) -> bool:
        """Whether a frame may be a probe's packet."""


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    """A network device, where packets are looked for. netns: "host" or "pod:NAMESPACE/NAME"."""

    node: str
    device: str
    netns: str = HOST

    def to_json(self) -> JsonObject:
        return {"node": self.node, "device": self.device, "netns": self.netns}

    def __str__(self) -> str:
        place = self.node if self.netns == HOST else f"{self.netns} on {self.node}"
        return f"{self.device} of {place}"


@dataclasses.dataclass(frozen=True)
class DeviceCapture:
    """The packets of one device, or the reason why there are none. Numbers are packets, None when not known.

    times: of the packets, in nanoseconds since 1970 by the node's own clock.
    """

    point: Point
    snaplen: int = 0
    link_type: int = 1
    frames: tuple[Frame, ...] = ()
    packets: tuple[Packet, ...] = ()
    captured: int | None = None
    received: int | None = None
    dropped_by_kernel: int | None = None
    dropped_by_interface: int | None = None
    truncated: bool = False
    ended: str = "stopped"
    error: str | None = None
    readable: bool = True
    times: tuple[int, ...] = ()

    @classmethod
    def from_result(
        cls,
        node: str,
        result: t.Mapping[str, t.Any],
        dissector: Dissector | None = None,
        headers_only: bool = True,
        interest: Interest | None = None,
    ) -> DeviceCapture:
        """From one item of the module's RV(captures). What cannot be read becomes an error of this device.

        headers_only: the frames lose what applications sent, after the packets were made out. interest: of a large
        capture, only packets that may be a probe's are taken apart.
        """
        capture = cls(
            point=Point(node, str(result["device"]), str(result.get("netns") or HOST)),
            snaplen=int(result.get("snaplen") or 0),
            captured=result.get("captured"),
            received=result.get("received"),
            dropped_by_kernel=result.get("dropped_by_kernel"),
            dropped_by_interface=result.get("dropped_by_interface"),
            truncated=bool(result.get("truncated")),
            ended=str(result.get("ended") or "stopped"),
            error=result.get("error"),
            readable=False,
        )
        if not result.get("pcap"):
            return capture if capture.error else dataclasses.replace(capture, error="there is no capture")
        try:
            pcap = read_pcap(_unpack(str(result["pcap"])))
        except PcapError as exc:
            return dataclasses.replace(capture, error=capture.error or str(exc))
        take_apart = (dissector or Dissector()).frame
        large = interest is not None and pcap.link_type == LINK_ETHERNET and len(pcap.frames) > FEW_FRAMES
        packets = [
            take_apart(frame, pcap.link_type) if interest is None or not large or interest.wanted(frame.data) else None
            for frame in pcap.frames
        ]
        frames = pcap.frames
        if headers_only:
            frames = tuple(without_payload(frame, packet) for frame, packet in zip(frames, packets))
        return dataclasses.replace(
            capture,
            link_type=pcap.link_type,
            frames=frames,
            readable=True,
            packets=tuple(packet for packet in packets if packet is not None),
            times=tuple(frame.time_ns for frame, packet in zip(frames, packets) if packet is not None),
            truncated=capture.truncated or pcap.incomplete,
        )

    @classmethod
    def not_started(cls, node: str, status: t.Mapping[str, t.Any]) -> DeviceCapture:
        """From one item of the module's RV(devices) that has an error."""
        return cls.from_result(
            node,
            {
                "device": status["name"],
                "netns": status.get("netns"),
                "pcap": None,
                "ended": "not_started",
                "error": status.get("error"),
            },
        )

    @property
    def unread(self) -> int:
        """How many packets the kernel had for it that it did not read before it ended: the last ones.

        Of the loopback device each packet is received twice, and read once (libpcap, pcap-linux.c).
        """
        return max(0, (self.received or 0) - (self.captured or 0)) if self.point.device != "lo" else 0

    @property
    def weakness(self) -> str | None:
        """Why a packet may have passed here without being in the capture; None when it cannot have.

        What the device itself dropped has not passed: that is a loss on the way, not one of the capture.
        """
        if not self.readable:
            return self.error or "there is no capture"
        if self.dropped_by_kernel is None:
            return self.error or "it is not known how many packets the capture lost"
        if self.dropped_by_kernel:
            return f"the capture lost {self.dropped_by_kernel} packets"
        if self.truncated:
            return "the capture is cut off"
        if self.ended != "stopped":
            return {
                "deadline": "the capture ended at its deadline",
                "max_packets": "the capture ended at its largest number of packets",
            }.get(self.ended, self.error or "the capture ended too early")
        return self.error

    def to_json(self, file: str | None) -> JsonObject:
        """Its line of the index. file: where the packets are, relative to the index; None when there are none."""
        return {
            **self.point.to_json(),
            "file": file if self.readable else None,
            "packets": len(self.frames),
            "captured": self.captured,
            "received": self.received,
            "dropped_by_kernel": self.dropped_by_kernel,
            "dropped_by_interface": self.dropped_by_interface,
            "snaplen": self.snaplen,
            "truncated": self.truncated,
            "ended": self.ended,
            "error": self.error,
            "lossless": self.weakness is None,
            "weakness": self.weakness,
        }


def learn(interest: Interest, result: t.Mapping[str, t.Any]) -> None:
    """Show an interest the connections that a capture has of the probes. What cannot be read is told elsewhere."""
    if not result.get("pcap"):
        return
    with contextlib.suppress(PcapError):
        for frame in stream_frames(io.BytesIO(_unpack(str(result["pcap"])))):
            interest.learn(frame.data)


def pcapng_of_node(node: str, captures: t.Sequence[DeviceCapture], filter_text: str = "") -> bytes | None:
    """One file with the packets of a node, an interface for each device; None when there is nothing to write."""
    readable = [capture for capture in captures if capture.readable and capture.point.node == node]
    if not readable:
        return None
    return write_pcapng(
        [
            Interface(
                capture.point.device,
                capture.link_type,
                capture.snaplen,
                capture.frames,
                str(capture.point),
                filter_text,
                capture.received,
                capture.dropped_by_kernel,
            )
            for capture in readable
        ],
        f"node {node}",
    )


def merged_pcapng(
    captures: t.Sequence[DeviceCapture], offsets: t.Mapping[str, int], comment: str, filters: t.Mapping[str, str]
) -> bytes | None:
    """One file with the packets of all nodes, an interface for each device, times by one clock; None without packets.

    offsets: what each node's clock is ahead (ns). comment: what is to be known of that, in the file itself.
    """
    readable = [capture for capture in captures if capture.readable]
    if not any(capture.frames for capture in readable):
        return None
    interfaces = []
    for capture in readable:
        node = capture.point.node
        ahead = offsets.get(node, 0)
        frames = (
            [frame._replace(time_ns=frame.time_ns - ahead) for frame in capture.frames] if ahead else capture.frames
        )
        place = "" if capture.point.netns == HOST else f" {capture.point.netns}"
        interfaces.append(
            Interface(
                f"{node} {capture.point.device}{place}",
                capture.link_type,
                capture.snaplen,
                frames,
                str(capture.point),
                filters.get(node, ""),
                capture.received,
                capture.dropped_by_kernel,
            )
        )
    return write_pcapng(interfaces, comment)


def _unpack(text: str) -> bytes:
    try:
        unpacker = zlib.decompressobj(_GZIP)
        data = unpacker.decompress(base64.b64decode(text, validate=True), MAX_PCAP)
    except (binascii.Error, ValueError, zlib.error) as exc:
        raise PcapError(f"Cannot read a capture: it is damaged ({exc})") from exc
    if unpacker.unconsumed_tail:
        raise PcapError(f"Cannot read a capture: it is larger than {MAX_PCAP >> 20} MiB")
    return data
