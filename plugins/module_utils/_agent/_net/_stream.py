# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Reading and writing on a connection under watch, plain or over TLS, with a deadline for each wait."""

from __future__ import annotations

import ssl

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import TIMEOUT, Failure
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import READABLE, WRITABLE, Watched

CHUNK = 8192


async def send_all(watched: Watched, data: bytes, until: float) -> None:
    """Send everything. Raises OSError, or Failure when the peer takes nothing until that moment."""
    view = memoryview(data)
    while view:
        wanted = 0
        try:
            view = view[watched.sock.send(view) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            wanted = WRITABLE
        except ssl.SSLWantReadError:
            wanted = READABLE
        if wanted and not await watched.wait(wanted, until):
            raise Failure(TIMEOUT, "i/o timeout")


async def receive(watched: Watched, until: float) -> bytes | None:
    """What comes next; empty at the end, None when nothing comes until that moment. Raises OSError."""
    while True:
        try:
            return watched.sock.recv(CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            wanted = READABLE
        except ssl.SSLWantWriteError:
            wanted = WRITABLE
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""
        if not await watched.wait(wanted, until):
            return None
