"""Whether two fingerprints are of the same recording, in whatever encoding, however trimmed.

They are laid over one another at the offset where most values agree, and their bits are compared.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAME: Final = 0.15
"""Share of differing bits up to which two fingerprints are of one recording."""
DOUBTFUL: Final = 0.35
"""Up to here somebody should listen: remixes, other takes, the same backing track."""

_STABLE: Final = np.uint32(0xFEFCCBCF)
"""The 24 bits of a value that change least between encodings (docs/audio.md, Fingerprints)."""
_APART: Final = 8
"""Values between the two that make a term: a second, so that the second isn't the first again."""
_TERMS: Final = 96
"""Of a fingerprint, at most."""

_VOTING_BITS: Final = 20
_LEAST_OVERLAP: Final = 40
"""Values, some five seconds."""

Values = NDArray[np.uint32]
"""A fingerprint: (values,), one for about an eighth of a second."""
Terms = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of two fingerprints where they lie on one another."""

    error: float
    """Share of differing bits; independent music has about 0.5."""
    offset: int
    """Values by which the second begins later than the first."""
    overlap: int
    """Values compared."""


def terms_of(values: Values) -> Terms:
    """By which a fingerprint is found: digests of the stable bits of two values a second apart; sorted.

    Of all, those with the smallest digests: two fingerprints of one recording choose the same, wherever they
    begin (Broder 1997, bottom-k sketches). What stays as it is for a second (silence, a held note) is none.
    """
    stable = values & _STABLE
    one, other = stable[:-_APART], stable[_APART:]
    both = (one.astype(np.uint64) << np.uint64(32) | other)[one != other]
    return np.unique(_mixed(both))[:_TERMS]


def _mixed(keys: Terms) -> Terms:
    """A bijection that spreads keys evenly (MurmurHash3's 64-bit finaliser, Appleby 2011)."""
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return keys ^ (keys >> np.uint64(33))


def compare(one: Values, other: Values) -> Likeness | None:
    """None where no offset has enough values that lie on one another."""
    offsets = {0, *_votes(one, other)}
    found = [likeness for offset in sorted(offsets) if (likeness := _at(one, other, offset)) is not None]
    return min(found, key=lambda likeness: likeness.error, default=None)


def _votes(one: Values, other: Values) -> list[int]:
    """The three offsets at which most values agree in their upper bits."""
    keys, others = one >> (32 - _VOTING_BITS), other >> (32 - _VOTING_BITS)
    order = np.argsort(others, kind="stable")
    ranked = others[order]
    low, high = np.searchsorted(ranked, keys, "left"), np.searchsorted(ranked, keys, "right")
    counts = np.minimum(high - low, 16)
    places = np.repeat(low, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    offsets = np.repeat(np.arange(len(one)), counts) - order[places]
    votes = np.bincount(offsets + len(other), minlength=1)
    best = np.argsort(votes, kind="stable")[-3:]
    return [int(each) - len(other) for each in best if votes[each]]


def _at(one: Values, other: Values, offset: int) -> Likeness | None:
    low, high = max(0, offset), min(len(one), len(other) + offset)
    if high - low < max(1, min(_LEAST_OVERLAP, len(one), len(other))):
        return None
    differing = np.bitwise_count(one[low:high] ^ other[low - offset : high - offset])
    return Likeness(float(differing.mean()) / 32, offset, high - low)
