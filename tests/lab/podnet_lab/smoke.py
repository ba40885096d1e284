# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic through a fresh lab: Ready pods come seconds before the rules that lead to them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from . import hosts, operator
from .config import OUTSIDE, Lab, Options, node_address, node_names
from .errors import LabError
from .manifests import MAX_CLIENTS

DEADLINE_SECONDS = 30
# Ask until every URL was answered three times in a row: Services choose their pods at random.
PROGRAM = """
import sys, time, urllib.request
end, reason = time.monotonic() + float(sys.argv[1]), ""
for url in sys.argv[2:]:
    good = 0
    while good < 3:
        try:
            urllib.request.urlopen(url, timeout=1).read()
            good += 1
        except OSError as error:
            good, reason = 0, error
            if time.monotonic() > end:
                sys.exit(f"{url}: {reason}")
            time.sleep(0.1)
"""


def await_traffic(lab: Lab, options: Options) -> None:
    """Return when clients reach the Service by its name and the outside reaches every NodePort."""
    names = node_names(options.nodes)
    inside = ["python3", "-c", PROGRAM, str(DEADLINE_SECONDS), "http://web/"]
    urls = [f"http://{node_address(name)}:30080/" for name in names]
    outside = [*inside[:-1], *urls]

    def from_client(index: int) -> str:
        argv = ["kubectl", "exec", f"client-{index}", "--", *inside]
        done = operator.run_captured(lab, argv, DEADLINE_SECONDS + 30)
        return f"client-{index}: {done.stderr.strip()}" if done.returncode else ""

    def from_outside() -> str:
        done = hosts.exec_in(lab, OUTSIDE, outside, DEADLINE_SECONDS + 30)
        return f"{OUTSIDE}: {done.stderr.strip()}" if done.returncode else ""

    with ThreadPoolExecutor(max_workers=4) as pool:
        asked = [pool.submit(from_client, i) for i in range(1, min(len(names), MAX_CLIENTS) + 1)]
        asked.append(pool.submit(from_outside))
        failed = [said for said in (one.result() for one in asked) if said]
    if failed:
        raise LabError(f"No traffic through the fresh lab: {'; '.join(failed)}")
