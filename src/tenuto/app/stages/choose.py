"""From a catalogue row to what may be done with it: the rights decision, the location, the sizes."""

from collections.abc import Mapping
from typing import Final

from tenuto.app.config import Config
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.ids import RecordingId
from tenuto.model.plan import Tier
from tenuto.model.rights import Cleared, Policy, Refusal
from tenuto.model.source import Access, Location
from tenuto.plan import original_rate, predict_access_bytes, predict_original_bytes
from tenuto.rights import clear

BIT_RATES: Final[Mapping[Tier, str]] = {
    Tier.LOW: "plan.low_bit_rate",
    Tier.ACCESS: "plan.access_bit_rate",
    Tier.HIGH: "plan.high_bit_rate",
}
"""The settings of the access copies, by rising quality."""


def policy(config: Config) -> Policy:
    """The operator's rights policy."""
    return Policy(
        accept_weak_evidence=config.flag("rights.accept_weak_evidence"),
        allow_noncommercial=config.flag("rights.allow_noncommercial"),
        allow_no_derivatives=config.flag("rights.allow_no_derivatives"),
    )


def decide(detail: RecordingDetail, rules: Policy) -> Cleared[RecordingId] | Refusal:
    """The decision on one recording."""
    return clear(detail.summary.id, detail.evidence, rules)


def location(detail: RecordingDetail, config: Config, rules: Policy) -> Location | None:
    """Where to bring the recording in from: what is held comes first, then the longest known length.

    Remote locations of recordings that stay dark are left alone unless `plan.hold_remote_dark`.
    """
    usable = list(detail.locations)
    if not config.flag("plan.hold_remote_dark") and isinstance(decide(detail, rules), Refusal):
        usable = [place for place in usable if place.access is Access.HELD]
    return min(
        usable,
        key=lambda place: (place.access is Access.REMOTE, -(place.length or 0), place.uri),
        default=None,
    )


def expected_bytes(detail: RecordingDetail, place: Location, tier: Tier, config: Config) -> int:
    """The size that the plan counts with, of one recording at a tier."""
    duration = detail.summary.duration_ms or 0
    if tier is Tier.ORIGINAL:
        return place.length or predict_original_bytes(duration, original_rate(place.media_type))
    return predict_access_bytes(duration, config.number(BIT_RATES[tier]))
