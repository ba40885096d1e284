# SPDX-License-Identifier: GPL-3.0-or-later
"""The selector of the Service web chooses no pod."""

from __future__ import annotations

import json

from podnet_lab.faults import Context, Fault, Truth


class FaultClass(Fault):
    """A typing error in the selector: app=wbe."""

    about = "the selector of Service web matches no pod"
    truth = Truth(
        id="service-selector-mismatch",
        explains=("service-no-endpoints",),
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )

    def inject(self, lab: Context) -> None:
        _select(lab, "wbe")

    def bites(self, lab: Context) -> bool:
        return not lab.connects("client-1", lab.get("service", "web")["spec"]["clusterIP"], 80)

    def heal(self, lab: Context) -> None:
        _select(lab, "web")


def _select(lab: Context, app: str) -> None:
    lab.kubectl("patch", "service", "web", "-p", json.dumps({"spec": {"selector": {"app": app}}}))
