# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a certificate that a clock may be to blame for."""

from __future__ import annotations

import ssl

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _errors


def refused(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "message", "clock"),
    [
        (9, "certificate is not yet valid", " (this machine's clock says 2026-01-01 00:00 UTC)"),
        (10, "certificate has expired", " (this machine's clock says 2026-01-01 00:00 UTC)"),
        (18, "self-signed certificate", ""),
    ],
)
def test_a_certificate_out_of_its_time_comes_with_the_clock_it_was_held_against(
    monkeypatch: pytest.MonkeyPatch, code: int, message: str, clock: str
) -> None:
    monkeypatch.setattr(_errors, "_clock", lambda: "2026-01-01 00:00 UTC")
    said = _errors.cause_text(refused(code, message))
    assert said == f"the server's certificate is not trusted: {message}{clock}"
