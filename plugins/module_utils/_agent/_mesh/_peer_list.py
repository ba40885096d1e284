# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""peers.json as the target pods read it: who is in the mesh, and where."""

from __future__ import annotations

import dataclasses
import json
import os
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address

SCHEMA = "podnet.diagnostics/peers/v1"
PEERS_FILE = "/etc/podnet/peers/peers.json"
LARGEST = 4 * 1024 * 1024
MOST_PEERS = 20000
MOST_ADDRESSES = 8
# A kubelet mounts a ConfigMap that was not there when the pod started at the pod's next synchronisation: syncFrequency
# is 1 min, with up to half of it more (KubeletConfiguration, workQueue).
MOUNTED_WITHIN = 120.0


class PeersError(Exception):
    """There is no list of peers that makes sense; the text says why."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """One node and its target pod. host, endpoint: IP addresses of the node and of the pod. pod, uid: empty where they
    are not known.
    """

    node: str
    host: tuple[str, ...] = ()
    pod: str = ""
    uid: str = ""
    endpoint: tuple[str, ...] = ()
    ready: bool = True


def parse_peers(text: str | bytes) -> tuple[Peer, ...]:
    """Read a peers document. What is wrong with one entry costs that entry only; PeersError when it is none at all."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise PeersError(f"it is not JSON: {exc}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        schema = data.get("schema") if isinstance(data, dict) else None
        raise PeersError(f"its schema is {str(schema)[:80]}, not {SCHEMA}")
    entries = data.get("peers")
    if not isinstance(entries, list):
        raise PeersError("it has no list of peers")
    found = [_peer(entry) for entry in entries[:MOST_PEERS] if isinstance(entry, dict)]
    return tuple({peer.node: peer for peer in found if peer.node}.values())


def _peer(entry: t.Mapping[str, t.Any]) -> Peer:
    node, pod, uid = (
        value if isinstance(value, str) else "" for value in (entry.get(key) for key in ("node", "pod", "uid"))
    )
    return Peer(
        node,
        _addresses(entry.get("host")),
        pod,
        uid,
        _addresses(entry.get("endpoint")),
        entry.get("ready") is not False,
    )


def _addresses(values: object) -> tuple[str, ...]:
    """Nothing is ever sent to a group of machines."""
    texts = [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
    parsed = [Address.parse(text) for text in texts[:MOST_ADDRESSES]]
    return tuple(dict.fromkeys(str(address) for address in parsed if address is not None and address.one_host))


class PeersFile:
    """The mounted file, read again when it has changed: a kubelet swaps a symbolic link. What was good before is kept
    while the file makes no sense. mounted_within: seconds for which a file that is not there yet is no problem.
    """

    def __init__(self, path: str = PEERS_FILE, mounted_within: float = MOUNTED_WITHIN) -> None:
        self._path = path
        self._expected = time.monotonic() + mounted_within
        self._seen: tuple[int, int, int] | None = None
        self.peers: tuple[Peer, ...] = ()
        self.problem = ""

    def refresh(self) -> bool:
        """Whether there is something new in peers or problem."""
        before = (self.peers, self.problem)
        try:
            status = os.stat(self._path)
            seen = (status.st_mtime_ns, status.st_ino, status.st_size)
            if seen == self._seen:
                return False
            self._seen = seen
            with open(self._path, "rb") as file:
                self.peers = parse_peers(file.read(LARGEST))
            self.problem = ""
        except OSError as exc:
            self._seen = None
            if isinstance(exc, FileNotFoundError) and time.monotonic() < self._expected:
                return before != (self.peers, self.problem)
            self.problem = f"Cannot read the list of peers {self._path}: {exc.strerror or exc}"
        except PeersError as exc:
            self.problem = f"Cannot use the list of peers {self._path}: {exc}"
        return before != (self.peers, self.problem)
