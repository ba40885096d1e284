# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of the original's own tests, its worked examples, and its faults, by their numbers (b3, b4, …)."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import Moment, ProbeResult, Step
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._status import (
    Change,
    Memory,
    describe,
    pause,
    record,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._event import Event
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import (
    CheckStatus,
    Condition,
    LogEntry,
    OutageEntry,
    format_status,
    parse_status,
)

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
MONOTONIC = 5000.0
NAME, ENDPOINT = "test-to-target-endpoint", "host:1234"
REFUSED = "dial tcp 10.0.0.4:1234: connect: connection refused"
CONNECTED = "target-endpoint: tcp connection to host:1234 succeeded"
FAILED = "target-endpoint: failed to establish a TCP connection to host:1234: "


def at(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def moment(seconds: float, *, wall: float | None = None) -> Moment:
    """wall: when the wall clock does not show what it should."""
    return Moment(at(seconds if wall is None else wall), MONOTONIC + seconds)


def success(seconds: float) -> LogEntry:
    return LogEntry(at(seconds), True, "TCPConnect", CONNECTED, 0.001)


def failure(seconds: float, error: str = REFUSED) -> LogEntry:
    return LogEntry(at(seconds), False, "TCPConnectError", FAILED + error, 0.001)


def resolved(seconds: float) -> LogEntry:
    return LogEntry(at(seconds), True, "DNSResolve", "target-endpoint: resolved host name host successfully", 0.001)


class Source:
    """A process that probes one check, with clocks that a test moves."""

    def __init__(self, status: CheckStatus | None = None, period: float = 60.0) -> None:
        self.status = status or CheckStatus()
        self.memory = Memory(period)
        self.events: list[Event] = []

    def restarted(self) -> Source:
        """Another process, which knows what stands in the object."""
        return Source(parse_status(json.loads(json.dumps({"status": format_status(self.status)}))))

    def probe(
        self,
        seconds: float,
        error: str = "",
        *,
        wall: float | None = None,
        dns: Step | None = None,
        tls: Step | None = None,
        http: Step | None = None,
        tcp: bool = True,
    ) -> Change:
        started = moment(seconds, wall=wall)
        step = Step(1.0 if dns else 0.0, 0.001, error) if tcp else None
        result = ProbeResult(started, "host", dns, step, tls, http)
        change = record(self.status, result, started.after(1.5), describe(NAME), ENDPOINT, self.memory)
        self.status = change.status
        self.events += change.events
        return change

    @property
    def reachable(self) -> Condition:
        found = self.status.condition("Reachable")
        assert found is not None
        return found

    @property
    def flapping(self) -> Condition:
        found = self.status.condition("Flapping")
        assert found is not None
        return found


# -- the original's cases: logs ----------------------------------------------------------------------------------
GOOD = Step(0.0, 0.001, "")


def test_logs_tcp_connect() -> None:
    source = Source()
    source.probe(0)
    assert (source.status.successes, source.status.failures) == ((success(0),), ())


def test_logs_dns_resolve() -> None:
    source = Source()
    source.probe(0, dns=GOOD)
    assert (source.status.successes, source.status.failures) == ((success(1), resolved(0)), ())


def test_logs_dns_error() -> None:
    source = Source()
    source.probe(0, dns=Step(0.0, 0.001, "lookup host: no such host"), tcp=False)
    message = "target-endpoint: failure looking up host host: lookup host: no such host"
    assert source.status.failures == (LogEntry(at(0), False, "DNSError", message, 0.001),)
    assert source.status.successes == ()


def test_logs_tcp_connect_error() -> None:
    source = Source()
    source.probe(0, REFUSED)
    assert (source.status.successes, source.status.failures) == ((), (failure(0),))


def test_logs_dns_resolve_tcp_connect_error() -> None:
    source = Source()
    source.probe(0, REFUSED, dns=GOOD)
    assert (source.status.successes, source.status.failures) == ((resolved(0),), (failure(1),))


def test_logs_success_sort() -> None:
    source = Source(CheckStatus(successes=(success(2), success(1), success(0))))
    source.probe(3, dns=GOOD)
    assert source.status.successes == (success(4), resolved(3), success(2), success(1), success(0))


def test_logs_keep_the_newest_ten() -> None:
    source = Source()
    for second in range(25):
        source.probe(second, REFUSED if second % 2 else "")
    assert source.status.successes == tuple(success(second) for second in range(24, 4, -2))
    assert source.status.failures == tuple(failure(second) for second in range(23, 3, -2))
    for second in range(30, 60, 2):
        source.probe(second, dns=GOOD)
    assert [entry.reason for entry in source.status.successes] == ["TCPConnect", "DNSResolve"] * 5


# -- the original's cases: outages -------------------------------------------------------------------------------
def outage(
    start: int,
    end: int | None = None,
    message: str = "",
    starts: t.Sequence[LogEntry] = (),
    ends: t.Sequence[LogEntry] = (),
) -> OutageEntry:
    return OutageEntry(at(start), None if end is None else at(end), tuple(starts), tuple(ends), message)


def detected(second: int) -> str:
    return f"Connectivity outage detected at 2026-01-01T00:00:{second:02}Z"


def restored(seconds: int) -> str:
    return f"Connectivity restored after {seconds}s"


FIVE = [failure(second, str(second)) for second in (4, 3, 2, 1, 0)]
ENDED = [outage(start, start + 1) for start in range(48, 8, -2)]
# name: outages before, time and error of the newest probe, outages after.
OUTAGE_CASES: dict[str, tuple[t.Sequence[OutageEntry], int, str | None, t.Sequence[OutageEntry]]] = {
    "NoLogs": ([], 0, None, []),
    "FirstEntryIsSuccess": ([], 1, "", []),
    "FirstEntryIsFailure": ([], 1, REFUSED, [outage(1, None, detected(1), [failure(1)], [failure(1)])]),
    "NoLogsStartedOutage": ([outage(0)], 0, None, [outage(0)]),
    "NoLogsEndedOutage": ([outage(0, 1)], 0, None, [outage(0, 1)]),
    "FailureLogNoOutage": ([], 3, REFUSED, [outage(3, None, detected(3), [failure(3)], [failure(3)])]),
    "SuccessLogStartedOutage": (
        [outage(3, starts=[failure(3)])],
        4,
        "",
        [outage(3, 4, restored(1), [failure(3)], [success(4)])],
    ),
    "ErrorLogEndedOutage": (
        [outage(0, 1)],
        5,
        REFUSED,
        [outage(5, None, detected(5), [failure(5)], [failure(5)]), outage(0, 1)],
    ),
    "ErrorLogDuplicateStartedOutage": (
        [outage(5, None, detected(5), [failure(5)], [failure(5)])],
        6,
        REFUSED,
        [outage(5, None, detected(5), [failure(5)], [failure(6), failure(5)])],
    ),
    "ErrorLogChangedStartedOutage": (
        [outage(5, None, detected(5), [failure(5)], [failure(5)])],
        6,
        "no route to host",
        [
            outage(
                5,
                None,
                detected(5),
                [failure(6, "no route to host"), failure(5)],
                [failure(6, "no route to host"), failure(5)],
            )
        ],
    ),
    "SuccessLogEndedOutageStartedOutage": (
        [outage(5), outage(0, 1)],
        6,
        "",
        [outage(5, 6, restored(1), [], [success(6)]), outage(0, 1)],
    ),
    "ErrorLogOngoingOutageMaxLogs": (
        [outage(0, starts=FIVE, ends=FIVE)],
        5,
        "5",
        [outage(0, starts=FIVE, ends=[failure(5, "5"), *FIVE[:4]])],
    ),
    "SuccessLogOngoingOutageMaxLogs": (
        [outage(0, starts=FIVE, ends=FIVE)],
        5,
        "",
        [outage(0, 5, restored(5), FIVE, [success(5), *FIVE[:4]])],
    ),
    "MaxOutageEntries": (
        ENDED,
        50,
        REFUSED,
        [outage(50, None, detected(50), [failure(50)], [failure(50)]), *ENDED[:19]],
    ),
    # Not among the original's, but in its code: an empty log of the start is filled.
    "ErrorLogStartedOutageWithoutLogs": ([outage(0)], 5, REFUSED, [outage(0, starts=[failure(5)], ends=[failure(5)])]),
}


@pytest.mark.parametrize("name", OUTAGE_CASES)
def test_outages(name: str) -> None:
    before, second, error, after = OUTAGE_CASES[name]
    source = Source(CheckStatus(outages=tuple(before)))
    if error is None:  # no result at all
        source.status = pause(source.status, moment(second), "TargetPodMissing", "gone").status
    else:
        source.probe(second, error)
    assert source.status.outages == tuple(after)


def test_worked_example() -> None:
    """One outage with two ways to fail, from the first failure to the next success."""
    source = Source()
    changes = [
        source.probe(60),
        source.probe(120, "A"),
        source.probe(180, "A"),
        source.probe(240, "B"),
        source.probe(300),
    ]
    assert source.status.outages == (
        outage(
            120,
            300,
            "Connectivity restored after 3m0s",
            [failure(240, "B"), failure(120, "A")],
            [success(300), failure(240, "B"), failure(180, "A"), failure(120, "A")],
        ),
    )
    assert source.status.successes == (success(300), success(60))
    assert source.status.failures == (failure(240, "B"), failure(180, "A"), failure(120, "A"))
    assert source.events == [
        Event("Warning", "ConnectivityOutageDetected", f"Connectivity outage detected: {FAILED}A"),
        Event("Normal", "ConnectivityRestored", f"Connectivity restored after 3m0s: {CONNECTED}"),
    ]
    assert [change.urgent for change in changes] == [True, True, False, False, True]


# -- conditions --------------------------------------------------------------------------------------------------
def test_reachable_has_the_time_of_the_probe_that_saw_the_change() -> None:
    source = Source()
    source.probe(0)
    assert source.reachable == Condition("Reachable", "True", "TCPConnectSuccess", CONNECTED, at(0))
    source.probe(60)
    assert source.reachable.last_transition_time == at(0)
    source.probe(120, REFUSED, dns=GOOD)
    assert source.reachable == Condition("Reachable", "False", "TCPConnectError", FAILED + REFUSED, at(121))
    source.probe(180, "no route to host")
    assert source.reachable == Condition("Reachable", "False", "TCPConnectError", FAILED + "no route to host", at(121))
    source.probe(240)
    assert source.reachable == Condition("Reachable", "True", "TCPConnectSuccess", CONNECTED, at(240))


def test_other_conditions_and_unknown_fields_stay() -> None:
    theirs = {"type": "Audited", "status": "True", "lastTransitionTime": None, "by": "them"}
    source = Source(parse_status({"status": {"conditions": [theirs], "loss": 1}}))
    source.probe(0)
    source.probe(60, REFUSED)
    raw = format_status(source.status)
    assert (raw["conditions"][0], raw["loss"]) == (theirs, 1)
    assert [item["type"] for item in raw["conditions"]] == ["Audited", "Reachable", "Flapping"]


def test_a_missing_target_pod_is_unknown_and_no_outage() -> None:
    source = Source()
    source.probe(0)
    change = pause(source.status, moment(30), "TargetPodMissing", "no pod on node-2")
    assert change.urgent
    assert change.events == ()
    assert change.status.condition("Reachable") == Condition(
        "Reachable", "Unknown", "TargetPodMissing", "no pod on node-2", at(30)
    )
    again = pause(change.status, moment(60), "TargetPodMissing", "no pod on node-2")
    assert again == Change(change.status, False, ())
    source.status = change.status
    back = source.probe(90)
    assert back.urgent
    assert (source.reachable.status, source.reachable.last_transition_time) == ("True", at(90))
    assert source.status.outages == ()
    assert source.events == []


def test_an_outage_goes_on_while_the_pod_is_missing() -> None:
    source = Source()
    source.probe(0, REFUSED)
    source.status = pause(source.status, moment(30), "TargetPodMissing", "gone").status
    assert source.status.open_outage is not None
    source.probe(90)
    assert source.status.outages[0].message == "Connectivity restored after 1m30s"


# -- flapping ----------------------------------------------------------------------------------------------------
def test_b15_flapping_is_named_and_tells_one_event() -> None:
    source = Source()
    for minute in range(12):
        source.probe(minute * 60, REFUSED if minute % 2 else "")
    # Third outage at minute 5.
    assert source.flapping == Condition(
        "Flapping", "True", "Flapping", "At least 3 outages began within the last 15m0s", at(300)
    )
    reasons = [event.reason for event in source.events]
    assert reasons == ["ConnectivityOutageDetected", "ConnectivityRestored"] * 2 + ["ConnectivityFlapping"]
    text = "Connectivity is flapping: at least 3 outages began within the last 15m0s"
    assert source.events[-1] == Event("Warning", "ConnectivityFlapping", f"{text}: {FAILED}{REFUSED}")


def test_the_end_of_flapping_tells_what_remains() -> None:
    """Outages begin at minutes 1, 3 and 5; at minute 16 only two of them count."""
    source = Source()
    for minute in range(6):
        source.probe(minute * 60, REFUSED if minute % 2 else "")
    assert not source.probe(6 * 60, REFUSED).events
    source.events.clear()
    changes = [source.probe(minute * 60, REFUSED) for minute in range(7, 18)]
    assert source.flapping == Condition(
        "Flapping", "False", "Stable", "Fewer than 3 outages began within the last 15m0s", at(16 * 60)
    )
    assert [change.urgent for change in changes] == [minute == 16 for minute in range(7, 18)]
    assert [event.reason for event in source.events] == ["ConnectivityOutageDetected"]

    source = Source()
    for minute in range(18):
        source.probe(minute * 60, REFUSED if minute in (1, 3, 5) else "")
    assert source.events[-1] == Event(
        "Normal", "ConnectivityRestored", f"Connectivity restored after 1m0s: {CONNECTED}"
    )
    assert len(source.events) == 6


def test_flapping_is_seen_across_a_restart() -> None:
    source = Source()
    for minute in range(4):
        source.probe(minute * 60, REFUSED if minute % 2 else "")
    source = source.restarted()
    source.probe(240)
    assert source.flapping.status == "False"
    source.probe(300, REFUSED)
    assert (source.flapping.status, [event.reason for event in source.events]) == (
        "True",
        ["ConnectivityRestored", "ConnectivityFlapping"],
    )
    source = source.restarted()
    source.probe(360)
    assert (source.flapping.status, source.flapping.last_transition_time, source.events) == ("True", at(300), [])


def test_seldom_probes_have_a_longer_window() -> None:
    source = Source(period=600.0)
    for minute in (0, 10, 20, 30, 40, 50):
        source.probe(minute * 60, REFUSED if minute % 20 else "")
    assert source.flapping.message == "At least 3 outages began within the last 2h30m0s"


def test_one_long_outage_does_not_flap() -> None:
    source = Source(period=1.0)
    for second in range(100):
        source.probe(second, REFUSED)
    assert source.flapping.status == "False"


# -- the original's faults ---------------------------------------------------------------------------------------
def test_b1_every_change_is_urgent_and_nothing_else() -> None:
    source = Source()
    errors = ["", "", "", REFUSED, REFUSED, "no route to host", "", ""]
    assert [source.probe(60 * n, error).urgent for n, error in enumerate(errors)] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_b1_the_first_result_of_a_new_process_is_urgent() -> None:
    """It tells that somebody probes again; the object may be old."""
    source = Source()
    source.probe(0)
    assert source.restarted().probe(60).urgent


def test_b2_a_new_process_goes_on_where_the_object_ends() -> None:
    source = Source()
    source.probe(0)
    source.probe(60, "A")
    source = source.restarted()
    source.probe(120, "A")
    source.probe(180)
    assert source.status.outages == (
        outage(
            60,
            180,
            "Connectivity restored after 2m0s",
            [failure(60, "A")],
            [success(180), failure(120, "A"), failure(60, "A")],
        ),
    )
    assert source.status.successes == (success(180), success(0))


@pytest.mark.parametrize(
    "error", ["dial tcp: address fd00::1:80: too many colons in address", "dial tcp: address 99999: invalid port", ""]
)
def test_b3_what_cannot_be_dialled_is_an_outage_with_a_time(error: str) -> None:
    source = Source()
    change = source.probe(60, error, tcp=bool(error))
    told = error or "no connection was tried"
    assert change.urgent
    assert source.status.failures[0].time == at(60)
    assert source.status.failures[0].message == FAILED + told
    assert source.reachable == Condition("Reachable", "False", "TCPConnectError", FAILED + told, at(60))
    assert format_status(source.status)["outages"][0]["start"] == "2026-01-01T00:01:00Z"
    assert source.events == [
        Event("Warning", "ConnectivityOutageDetected", f"Connectivity outage detected: {FAILED}{told}")
    ]


def test_b4_a_clock_that_is_set_back_hides_nothing() -> None:
    """Results count in the order in which they come; the duration is that of the monotonic clock."""
    source = Source()
    source.probe(0, wall=7200)
    source.probe(60, "A", wall=7260)
    assert source.reachable.status == "False"
    source.probe(120, "B", wall=120)
    source.probe(180, wall=180)
    assert source.reachable.status == "True"
    assert [entry.time for entry in source.status.failures] == [at(120), at(7260)]
    assert [entry.time for entry in source.status.successes] == [at(180), at(7200)]
    ended = source.status.outages[0]
    assert ended.message == "Connectivity restored after 2m0s"
    assert ended.end == at(7380)  # not before it began
    source.probe(240, REFUSED, wall=100)
    assert (source.reachable.status, len(source.status.outages)) == ("False", 2)


def test_b4_durations_are_exact_and_never_negative() -> None:
    source = Source()
    source.probe(60.25, REFUSED)
    assert source.status.outages[0].message == "Connectivity outage detected at 2026-01-01T00:01:00.25Z"
    later = source.restarted()
    source.probe(240.75)
    assert source.status.outages[0].message == "Connectivity restored after 3m0.5s"
    later.probe(240.75, wall=0.0)
    assert later.status.outages[0].message == "Connectivity restored after 0s"
    assert later.status.outages[0].end == at(60)


def test_b5_recording_changes_no_status_that_others_hold() -> None:
    source = Source()
    source.probe(0)
    source.probe(60, "A")
    held, text = source.status, json.dumps(format_status(source.status))
    source.probe(120, "B")
    source.probe(180)
    assert json.dumps(format_status(held)) == text


def test_b6_what_does_not_change_is_the_same_object() -> None:
    source = Source()
    source.probe(0)
    before = source.status
    source.probe(60)
    assert source.status.conditions is before.conditions
    assert source.status.failures is before.failures
    assert source.status.successes[0].message is before.successes[0].message
    source.probe(120, dns=GOOD)
    source.probe(180, dns=GOOD)
    assert len({id(entry.message) for entry in source.status.successes}) == 2


def test_b7_a_handshake_that_fails_is_an_outage() -> None:
    """And no connection is logged as a success, though there was one; a lookup is."""
    source = Source()
    source.probe(0, dns=GOOD, tls=Step(1.2, 8.8, "no answer within 8.8s"))
    message = "target-endpoint: failed to complete a TLS handshake with host:1234: no answer within 8.8s"
    assert source.status.failures == (LogEntry(at(1.2), False, "TLSError", message, 8.8),)
    assert source.status.successes == (resolved(0),)
    assert (source.reachable.status, source.reachable.reason, source.reachable.message) == (
        "False",
        "TLSError",
        message,
    )
    source.probe(60, tls=Step(0.1, 0.02, ""))
    assert source.reachable.status == "True"
    assert source.status.successes[0].latency == 0.001  # the connection's, without the handshake


def test_b15_a_new_source_port_is_no_new_way_to_fail() -> None:
    source = Source()
    for second, port in enumerate((38211, 51044, 40002)):
        error = f"lookup host on 10.96.0.10:53: read udp 10.244.0.5:{port}->10.96.0.10:53: i/o timeout"
        source.probe(second, dns=Step(0.0, 0.001, error), tcp=False)
    (found,) = source.status.outages
    assert (len(found.start_logs), len(found.end_logs)) == (1, 3)
    source.probe(3, dns=Step(0.0, 0.001, "lookup host: no such host"), tcp=False)
    assert len(source.status.outages[0].start_logs) == 2


def test_b16_a_node_called_a_to_b_is_named_whole() -> None:
    name = "network-check-source-w-to-network-check-target-a-to-b"
    assert describe(name) == describe(name, "w.example") == "network-check-target-a-to-b"
    assert describe(NAME) == "target-endpoint"


def test_b17_a_wrong_pod_that_answers_is_an_outage() -> None:
    source = Source()
    source.probe(0, http=Step(0.1, 0.002, "answered by pod a on node-1, not by pod b on node-2"))
    message = (
        "target-endpoint: unexpected HTTP reply from host:1234: answered by pod a on node-1, not by pod b on node-2"
    )
    assert source.status.failures == (LogEntry(at(0.1), False, "HTTPError", message, 0.002),)
    assert source.status.successes == ()
    assert source.reachable.reason == "HTTPError"


# -- size --------------------------------------------------------------------------------------------------------
def test_no_object_grows_beyond_its_limits() -> None:
    """220 entries and about 50 kB, whatever happens."""
    source = Source()
    for second in range(960):
        source.probe(second, f"error {second}" if second % 12 else "", dns=GOOD)
    status = source.status
    logs = [entry for item in status.outages for entry in (*item.start_logs, *item.end_logs)]
    assert (len(status.successes), len(status.failures), len(status.outages), len(logs)) == (10, 10, 20, 200)
    assert len(json.dumps(format_status(status))) < 65_000
