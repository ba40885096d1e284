# SPDX-License-Identifier: GPL-3.0-or-later
"""A router in a network namespace of its own, and the far ends of its wires in another one.

The process that uses it is the router: `launch` starts one in fresh namespaces. Programs come from the lab's layers,
in a root directory that only this process sees; nothing is installed and nothing is left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns

from .frames import Seen, frame, parse, parse_frame

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

INSIDE = "PODNET_JUDGE_INSIDE"
# Routed wires by the router's end; each has a /16 and a /64 of its own.
ROUTED = ("ra", "rb", "rc")
# Ports of the router's bridge br0.
BRIDGED = ("p1", "p2")
V4 = {"ra": "10.1.0.1/16", "rb": "10.2.0.1/16", "rc": "10.3.0.1/16", "br0": "10.9.0.1/16"}
V6 = {"ra": "fd00:1::1/64", "rb": "fd00:2::1/64", "rc": "fd00:3::1/64", "br0": "fd00:9::1/64"}
# Who is behind them, as the bridge knows it.
BRIDGE_ENDS = {"p1": "02:00:00:00:00:01", "p2": "02:00:00:00:00:02"}
COMMAND_TIMEOUT = 20


class CommandFailed(Exception):
    """A program refused what it was asked."""


def launch(argv: t.Sequence[str]) -> t.NoReturn:
    """Become this package's command in fresh namespaces; all of it ends with this process."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command += [sys.executable, "-m", "podnet_judge", *argv]
    os.execvpe(command[0], command, {**os.environ, INSIDE: "1"})


class World:
    """The router. Use it as a context manager, in a process that launch() started."""

    def __init__(self, layers: t.Sequence[pathlib.Path]) -> None:
        if os.environ.get(INSIDE) != "1":
            raise CommandFailed("the world is made in namespaces of its own only: use launch()")
        self._layers = layers
        self._stack = contextlib.ExitStack()
        self._root = ""
        self.outside: dict[str, socket.socket] = {}
        self.macs: dict[str, str] = {}
        self.local: list[socket.socket] = []

    def __enter__(self) -> World:
        with contextlib.ExitStack() as stack:
            self._root = self._programs(stack)
            pid = self._far_namespace(stack)
            self._wires(pid)
            self._listen(pid, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    # -- set up ----------------------------------------------------------------------------------------------
    def _programs(self, stack: contextlib.ExitStack) -> str:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="podnet-judge-", ignore_cleanup_errors=True))
        run(["mount", "-t", "tmpfs", "none", directory])
        for name in ("upper", "work", "root"):
            os.mkdir(f"{directory}/{name}")
        lower = ":".join(str(layer) for layer in self._layers)
        options = f"lowerdir={lower},upperdir={directory}/upper,workdir={directory}/work"
        run(["mount", "-t", "overlay", "overlay", "-o", options, f"{directory}/root"])
        for name in ("proc", "sys"):
            os.makedirs(f"{directory}/root/{name}", exist_ok=True)
            run(["mount", "--rbind", f"/{name}", f"{directory}/root/{name}"])
        os.makedirs(f"{directory}/root/run", exist_ok=True)
        stack.callback(subprocess.run, ["umount", "--recursive", "--lazy", directory], check=False)
        return f"{directory}/root"

    def _far_namespace(self, stack: contextlib.ExitStack) -> int:
        process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        stack.callback(process.wait)
        stack.callback(process.kill)
        own = os.stat("/proc/self/ns/net").st_ino
        limit = time.monotonic() + 10
        while os.stat(f"/proc/{process.pid}/ns/net").st_ino == own:
            if time.monotonic() > limit:
                raise CommandFailed("unshare made no namespace")
            time.sleep(0.005)
        return process.pid

    def _wires(self, pid: int) -> None:
        lines = ["link set lo up", "link add br0 type bridge forward_delay 0 mcast_snooping 0", "link set br0 up"]
        for name in (*ROUTED, *BRIDGED):
            lines += [
                f"link add {name} type veth peer name far-{name} netns {pid}",
                f"link set {name} {'master br0' if name in BRIDGED else 'arp off'} up",
            ]
        lines += ["link set br0 arp off"]
        for device, address in (*V4.items(), *V6.items()):
            lines.append(f"addr add {address} dev {device} {'nodad' if ':' in address else ''}")
        self.batch(lines)
        far = "\n".join(f"link set far-{name} up arp off" for name in (*ROUTED, *BRIDGED))
        run(["nsenter", f"--net=/proc/{pid}/ns/net", "ip", "-batch", "-"], far)
        for key, value in {
            "net/ipv4/ip_forward": "1",
            "net/ipv6/conf/all/forwarding": "1",
            "net/ipv4/icmp_ratelimit": "0",
            "net/ipv4/icmp_echo_ignore_all": "1",
            "net/ipv6/icmp/echo_ignore_all": "1",
            "net/ipv6/icmp/ratelimit": "0",
            "net/ipv4/conf/all/rp_filter": "0",
            "net/ipv4/conf/default/rp_filter": "0",
            "net/ipv4/conf/all/send_redirects": "0",
            **{f"net/ipv4/conf/{name}/rp_filter": "0" for name in (*ROUTED, "br0")},
            **{f"net/ipv4/conf/{name}/send_redirects": "0" for name in (*ROUTED, "br0")},
        }.items():
            set_sysctl(key, value)
        limit = time.monotonic() + 10
        while True:
            links = {link["ifname"]: link for link in json.loads(self.run("ip", "-j", "link").stdout)}
            if all("LOWER_UP" in links[name]["flags"] for name in (*ROUTED, *BRIDGED)):
                break
            if time.monotonic() > limit:
                raise CommandFailed("the wires do not come up")
        for name, mac in BRIDGE_ENDS.items():
            self.run("bridge", "fdb", "replace", mac, "dev", name, "master", "static")
        self.macs.update({name: links[name]["address"] for name in (*ROUTED, *BRIDGED, "br0")})

    def _listen(self, pid: int, stack: contextlib.ExitStack) -> None:
        for name in (*ROUTED, *BRIDGED):
            end = _netns.call_in(pid, lambda name=name: _packet_socket(f"far-{name}"))  # type: ignore[misc]
            stack.enter_context(end)
            self.outside[name] = end
            self.macs[f"far-{name}"] = _mac_text(end.getsockname()[4])
        for kind in (socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP):
            raw = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_RAW, kind))
            raw.setblocking(False)
            self.local.append(raw)

    # -- programs --------------------------------------------------------------------------------------------
    def run(self, *argv: str, data: str | None = None) -> subprocess.CompletedProcess[str]:
        """A program of the layers, in the router's namespace."""
        return run(["chroot", self._root, *argv], data)

    def has(self, program: str) -> bool:
        """Whether the layers have a program."""
        return os.path.exists(f"{self._root}/usr/sbin/{program}")

    def batch(self, lines: t.Iterable[str]) -> None:
        """Lines for ip -batch."""
        self.run("ip", "-batch", "-", data="\n".join(lines))

    # -- packets ---------------------------------------------------------------------------------------------
    def send(self, wire: str, packet: Packet, number: int, to: str | None = None, answers: int = 0) -> None:
        """Send a packet from the far end of a wire to the router, or to another MAC address."""
        source = bytes.fromhex((packet.src_mac or self.macs[f"far-{wire}"]).replace(":", ""))
        destination = bytes.fromhex((to or self.macs[wire]).replace(":", ""))
        self.outside[wire].send(frame(packet, number, source, destination, answers))

    def collect(self, seconds: float = 0.02) -> list[tuple[str, Seen]]:
        """What came to the far ends, and to the router itself ("local"), until nothing came for some time."""
        found: list[tuple[str, Seen]] = []
        places = {end: name for name, end in self.outside.items()}
        while True:
            ready, _w, _x = select.select([*places, *self.local], [], [], seconds)
            if not ready:
                return found
            for end in ready:
                seen = self._receive(end, places.get(end))
                if seen is not None:
                    found.append(seen)

    def _receive(self, end: socket.socket, wire: str | None) -> tuple[str, Seen] | None:
        try:
            data, address = end.recvfrom(65536)
        except BlockingIOError:
            return None
        if wire is None:
            local = parse(data)
            return None if local is None else ("local", local)
        if address[2] == socket.PACKET_OUTGOING:
            return None
        seen = parse_frame(data)
        return None if seen is None else (wire, seen)


def _packet_socket(device: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    end.bind((device, 3))
    end.setblocking(False)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return end


def _mac_text(data: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in data)


def set_sysctl(key: str, value: str) -> None:
    """A sysctl of the router's namespace."""
    with contextlib.suppress(FileNotFoundError):
        pathlib.Path(f"/proc/sys/{key}").write_text(value, encoding="ascii")


def run(argv: t.Sequence[str], data: str | None = None) -> subprocess.CompletedProcess[str]:
    """A program; CommandFailed with what it said where it refuses."""
    done = subprocess.run(
        argv,
        input=data,
        text=True,
        capture_output=True,
        check=False,
        timeout=COMMAND_TIMEOUT,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL if data is None else None,
    )
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv[:8])}: {done.stderr.strip()[:600]}")
    return done
