# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The control server of a target pod, on its loopback address only, and the command that asks it.

GET /report gives the last results, GET /report/recent those that count now; POST /probe, with {"timeout": seconds,
"peers": a peers document or null}, probes first.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import sys
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._health import MeshProber
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._mesh._peer_list import (
    LARGEST,
    PeersError,
    parse_peers,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._server import (
    TEXT,
    Limits,
    Request,
    Response,
)

ADDRESS, PORT = "127.0.0.1", 8081
DEFAULT_TIMEOUT = 20.0
LONGEST_TIMEOUT = 600.0
MOST_PACKETS = 100
CONTROL_LIMITS = Limits(connections=32, seconds=10.0, body=LARGEST + 1024)
# How much longer than the probes the command waits for the report of them.
_PATIENCE = 10.0


class Control:
    """Answers the command."""

    def __init__(self, prober: MeshProber) -> None:
        self._prober = prober

    async def answer(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/report":
            return _json(self._prober.report())
        if request.method == "GET" and request.path == "/report/recent":
            return _json(self._prober.report(recent=True))
        if request.method == "POST" and request.path == "/probe":
            return await self._probe(request)
        return Response(404, b"There are GET /report and POST /probe\n", TEXT)

    async def _probe(self, request: Request) -> Response:
        try:
            asked = json.loads(request.body)
            timeout = float(asked["timeout"])
            packets = int(asked.get("packets") or 0)
            peers = None if asked["peers"] is None else parse_peers(json.dumps(asked["peers"]))
        except PeersError as exc:
            return Response(400, f"Cannot use the peers that were given: {exc}\n".encode(), TEXT)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Response(400, b"Cannot probe: timeout and peers are wanted\n", TEXT)
        packets = min(max(packets, 0), MOST_PACKETS)
        return _json(await self._prober.probe_now(min(max(timeout, 0.0), LONGEST_TIMEOUT), peers, packets))


def _json(report: t.Mapping[str, t.Any]) -> Response:
    return Response(200, json.dumps(report, separators=(",", ":")).encode())


class _Refused(Exception):
    """One sentence for whoever called the command."""


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> t.NoReturn:
        raise _Refused(f"Cannot run health: {message}")


def run_health(argv: t.Sequence[str], port: int = PORT) -> int:
    """The command health. Prints the report as one line of JSON and gives 0, or one sentence on standard error and
    gives 1.
    """
    try:
        line = _ask(_parse(argv), port)
    except _Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0


def _parse(argv: t.Sequence[str]) -> argparse.Namespace:
    parser = _Arguments(prog="health", description="What this node sees of the others, as JSON.", allow_abbrev=False)
    parser.add_argument("--probe", action="store_true", help="probe now, and wait for the answers")
    parser.add_argument(
        "--peers-stdin", action="store_true", help="probe exactly the peers of the document on standard input"
    )
    parser.add_argument(
        "--recent",
        action="store_true",
        help="without probing: leave out what is well and more than three intervals old",
    )
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, help="seconds for all probes together")
    parser.add_argument(
        "--packets", type=int, default=0, help="with --probe: so many echo requests to each address, for the share lost"
    )
    given = parser.parse_args(list(argv))
    if not 0 <= given.packets <= MOST_PACKETS:
        raise _Refused(f"Cannot run health: --packets is {given.packets}, not a number from 0 to {MOST_PACKETS}")
    if not (math.isfinite(given.timeout) and 0 < given.timeout <= LONGEST_TIMEOUT):
        raise _Refused(
            f"Cannot run health: --timeout is {given.timeout:g}, not a number of seconds up to {LONGEST_TIMEOUT:g}"
        )
    return given


def _ask(given: argparse.Namespace, port: int) -> str:
    peers = _read_peers() if given.peers_stdin else None
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=given.timeout + _PATIENCE)
    try:
        if given.probe or given.peers_stdin:
            connection.request("POST", "/probe", json.dumps(_question(given, peers)))
        else:
            connection.request("GET", "/report/recent" if given.recent else "/report")
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as exc:
        why = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
        raise _Refused(f"Cannot ask the target program on {ADDRESS}:{port}: {why}") from None
    finally:
        connection.close()
    if response.status != 200:
        raise _Refused(text or f"The target program on {ADDRESS}:{port} answers with HTTP status {response.status}")
    return text


def _question(given: argparse.Namespace, peers: t.Any) -> dict[str, t.Any]:
    asked = {"timeout": given.timeout, "peers": peers}
    return {**asked, "packets": given.packets} if given.packets else asked


def _read_peers() -> t.Any:
    """The document as it is: the target program checks it."""
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _Refused(f"Cannot use the peers on standard input: they are more than {LARGEST} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise _Refused(f"Cannot use the peers on standard input: it is not JSON: {exc}") from None
