"""What a copy is worth against its original, by listening tests (docs/plan.md, Quality)."""

from typing import Final

import numpy as np

_GRADES: Final = (
    (6_000, 1.0),
    (24_000, 2.2),
    (64_000, 3.999),
    (96_000, 4.48),
    (128_000, 4.63),
    (256_000, 5.0),
)
"""(bits a second, grade of Opus from 1 to 5, ITU-R BS.1116's scale of impairment)."""


def quality(bit_rate: int) -> float:
    """Of a listen, or of a recording saved, at an Opus copy of this bit rate: (grade - 1) / 4.

    Between the tests' bit rates the grade goes by the logarithm of the rate. `ValueError` below 6 kbit/s.
    """
    rates, grades = zip(*_GRADES, strict=True)
    if bit_rate <= rates[0]:
        raise ValueError(f"Opus has no music at {bit_rate} bit/s; choose more than {rates[0]}")
    return (float(np.interp(np.log(bit_rate), np.log(rates), grades)) - 1) / 4
