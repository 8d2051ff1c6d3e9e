"""Fingerprints of music that nobody played."""

import numpy as np

from tenuto.audio.alike import Values

DRAW = np.random.default_rng(3)


def music(length: int = 948) -> Values:
    """Neighbours differ in few bits, as of real music."""
    steps = DRAW.integers(0, 2**32, length, dtype=np.uint32)
    for _ in range(2):
        steps &= DRAW.integers(0, 2**32, length, dtype=np.uint32)
    return np.bitwise_xor.accumulate(steps)


def noisy(values: Values, share: float) -> Values:
    """`share` of the bits flipped, spread evenly."""
    flips = DRAW.random((len(values), 32)) < share
    return values ^ np.packbits(flips, axis=1).view(np.uint32).ravel()
