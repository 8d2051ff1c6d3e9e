"""The chance that a recording is lost elsewhere within ten years (docs/plan.md, Loss elsewhere)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Floats, Ints

HORIZON_YEARS: Final = 10
SITE_LOSS: Final = 0.38
"""A web page of 2013 was gone in 2023 with this chance (Pew Research Center 2024)."""
RELEASE_LOSS_RATE: Final = 0.026
"""A year, of what rights holders keep available: 14 % of recordings of 1890-1964 were in 2005 (Brooks 2005),
at a mean age of 75 years: -ln(0.14) / 75."""
TOGETHER: Final = 0.1
"""The part of losses that takes all copies at once (beta factor model): a judgement."""
UNKNOWN_AGE: Final = 30
"""Years."""


def loss_chance(hosts: Ints, isrc: NDArray[np.bool_], age_years: Ints) -> Floats:
    """By recording. `hosts` are different sites that have it, `isrc` says whether a rights holder registered
    it, ages below 0 are unknown. What has no known copy anywhere else is lost when we lose it: chance 1."""
    age = np.where(age_years < 0, UNKNOWN_AGE, age_years)
    # Few different numbers: powers are looked up.
    kept = np.where(isrc, np.exp(-RELEASE_LOSS_RATE * np.arange(age.max(initial=0) + 1))[age], 0.0)
    release_lost = 1 - np.exp(-RELEASE_LOSS_RATE * HORIZON_YEARS)
    sites_lost = (SITE_LOSS ** np.arange(hosts.max(initial=0) + 1))[hosts]
    alone = sites_lost * (1 - kept * (1 - release_lost))
    # What takes all copies takes the safest: a common cause adds nothing where there is one copy.
    together = np.maximum(alone, np.where(hosts > 0, SITE_LOSS, 0.0))
    found: Floats = TOGETHER * together + (1 - TOGETHER) * alone
    return found
