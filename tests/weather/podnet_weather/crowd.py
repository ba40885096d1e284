# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other clients of the same account, which keep the API server busy: a list of all pods after the other, on a few
connections, with less patience than they are asked for. Run on the operator's side. Arguments: kubeconfig with a token,
number of connections.
"""

from __future__ import annotations

import base64
import http.client
import json
import pathlib
import ssl
import sys
import threading
import time
import urllib.parse


def ask(server: str, authority: str, token: str) -> None:
    """One connection after the other, for ever."""
    url = urllib.parse.urlsplit(server)
    context = ssl.create_default_context(cadata=authority)
    while True:
        connection = http.client.HTTPSConnection(str(url.hostname), url.port, context=context, timeout=10)
        try:
            while True:
                connection.request("GET", "/api/v1/pods", headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 429:
                    time.sleep(0.2)
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()


def main(kubeconfig: str, connections: int) -> None:
    """Ask until somebody ends the process."""
    config = json.loads(pathlib.Path(kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    for _number in range(connections):
        threading.Thread(target=ask, args=(cluster["server"], authority, user["token"]), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
