"""What agreement and disagreement weigh: the constants of the matcher (docs/matching.md)."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared. `levels`: (name, weight in hundredths of a bit), in the order of `sql/compare.sql`.

    A weight is log2 of how much likelier the level is for one recording than for two (Fellegi and Sunter
    1969), given the other fields.
    """

    name: str
    levels: tuple[tuple[str, int], ...]

    @property
    def names(self) -> str:
        """The levels' names as a DuckDB list."""
        return str([name for name, _ in self.levels])

    @property
    def weights(self) -> str:
        """The levels' weights as a DuckDB list."""
        return str([weight for _, weight in self.levels])


WEIGHTS: Final = (
    Comparison(
        "artist", (("same", 532), ("part", 220), ("similar", 373), ("different", -570), ("missing", -100))
    ),
    Comparison(
        "duration", (("1 s", 234), ("3 s", 186), ("7 s", -95), ("15 s", -662), ("more", -597), ("missing", 0))
    ),
    Comparison("numbers", (("same", 0), ("one side", -300), ("different", -1000))),
    Comparison(
        "release",
        (
            ("same, track too", 471),
            ("same", 0),
            ("same, other track", -277),
            ("similar", -75),
            ("different", -164),
            ("missing", 0),
        ),
    ),
    Comparison(
        "title",
        (
            ("same", 0),
            ("same, held by 8 artists", -225),
            ("same, held by 64 artists", -333),
            ("same but brackets", -919),
            ("similar", -551),
            ("part", -789),
            ("different", -889),
        ),
    ),
    Comparison("version", (("none", 0), ("same", 24), ("one side", -400), ("different", -800))),
    Comparison("wording", (("same", 0), ("one side", -50), ("different", -500))),
    Comparison("year", (("same", 74), ("1 apart", -45), ("apart", -179), ("missing", 0))),
)
"""Fitted by `python -m benchmarks.catalogue.fit_match` on labelled pairs; see docs/matching.md, Weights."""


@dataclass(frozen=True, slots=True)
class MatchModel:
    """Weights, thresholds, and the bounds of the work."""

    comparisons: tuple[Comparison, ...] = field(default=WEIGHTS)
    prior: int = 244
    """Hundredths of a bit: log2 of the odds where all levels weigh nothing (a like title and no more)."""
    review: float = 0.5
    """Confidence from which on a pair is proposed."""
    merge: float = 0.95
    """Confidence from which on the caller will merge; only such links can chain recordings together."""
    most_pairs: int = 400
    """Of one block. Twenty-eight nodes among themselves, or one against four hundred."""
    slot_ms: int = 8_000
    """Duration by which larger blocks are split; nodes up to this far apart may still meet."""
    slice_rows: int = 32_000_000
    """Rows compared at once: bounds memory and scratch space, never changes the result."""
    least_score: int = -200
    """Hundredths of a bit: pairs below can neither be proposed nor rival a proposal noticeably."""


DEFAULT: Final = MatchModel()
