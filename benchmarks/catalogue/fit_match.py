"""Fits the matcher's weights on the fitting half of the labelled sets and prints them.

python -m benchmarks.catalogue.fit_match [--size ROWS]

Logistic regression over the levels: the weights of Fellegi and Sunter without their assumption that fields
agree independently of each other. A ridge penalty keeps levels that were hardly seen near nothing.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.catalogue.labelled import SETS, TRUTHS, Truth, load
from benchmarks.catalogue.perturbed import perturbed
from benchmarks.report import size_option
from tenuto.catalogue.match import DEFAULT, MatchModel, propose
from tenuto.catalogue.match.proposal import candidates
from tenuto.catalogue.session import Resources, Session, open_session

REFERENCE: Final = {
    "artist": "missing",
    "duration": "missing",
    "numbers": "same",
    "release": "missing",
    "title": "same",
    "version": "none",
    "wording": "same",
    "year": "missing",
}
"""The level of each comparison that weighs nothing."""

DISAGREE: Final = {
    *(("numbers", 1), ("numbers", 2), ("wording", 1), ("wording", 2), ("version", 2), ("version", 3)),
    *(("artist", 3), ("duration", 3), ("duration", 4), ("release", 2), ("release", 4), ("year", 2)),
}
"""Levels (comparison, place) that can only speak against a match."""

CEILINGS: Final = {
    ("artist", "missing"): -100,
    ("numbers", "different"): -1000,
    ("numbers", "one side"): -300,
    ("version", "different"): -800,
    ("version", "one side"): -400,
    ("wording", "different"): -500,
    ("wording", "one side"): -50,
}
"""Set by reading errors: no true pair of the sets has most of these levels, so that the ridge, not the data,
decides how strongly they speak against a match. Of artists that are missing the real sets know nothing."""

FITTED: Final = ("drawn", "file names", "durations")

_REAL: Final = 30.0
"""A pair of a real set counts as so many drawn ones: there are far fewer of them."""
_RIDGE: Final = 3.0
_EVERY: Final = replace(DEFAULT, least_score=-100_000)

Floats = npt.NDArray[np.float64]


def vectors(session: Session, name: str) -> tuple[list[tuple[int, ...]], list[int], list[int]]:
    """Level vectors of all candidates in the fitting half, with the numbers of true and of false pairs."""
    session.query("CREATE OR REPLACE TABLE nothing (node BIGINT, other BIGINT)")
    candidates(session, "labelled", "nothing", _EVERY)
    levels = ", ".join(f"pair.{comparison.name}" for comparison in _EVERY.comparisons)
    truth = TRUTHS.get(name, Truth())
    found = session.query(
        f"SELECT {levels}, count(*) FILTER ({truth.same}), count(*) FILTER (NOT ({truth.same})) "
        "FROM (SELECT DISTINCT * FROM match_scored) AS pair "
        "JOIN labelled AS a ON a.node = pair.node JOIN labelled AS b ON b.node = pair.other "
        f"WHERE {truth.half} = 0 AND ({truth.certain}) GROUP BY ALL ORDER BY ALL"
    )
    return [row[:-2] for row in found], [row[-2] for row in found], [row[-1] for row in found]


def fit(rows: Sequence[tuple[int, ...]], true: Floats, false: Floats) -> MatchModel:
    """Disagreement never counts for a match: such a level is taken out and the rest fitted again."""
    design, places = _design(rows)
    kept = list(range(len(places)))
    while True:
        weights = _regress(design[:, [0, *(place + 1 for place in kept)]], true, false)
        bits = {
            places[place]: round(100 * weight / np.log(2))
            for place, weight in zip(kept, weights[1:], strict=True)
        }
        wrong = [place for place in kept if places[place] in DISAGREE and bits[places[place]] > 0]
        if not wrong:
            return _model(bits, round(100 * weights[0] / np.log(2)))
        kept = [place for place in kept if place not in wrong]


def calibrated(model: MatchModel, size: int) -> MatchModel:
    """Weights stretched, and the prior moved, so that stated confidences agree with the share of right links.

    The weights are fitted on candidates; choosing the best of rival candidates makes links better than that.
    """
    logits, right, total = [], [], []
    for name in FITTED:
        for confidence, correct, proposed in _proposed(model, name, size):
            logits.append(np.log2(confidence / (1 - confidence)))
            right.append(correct * (1.0 if name == "drawn" else _REAL))
            total.append(proposed * (1.0 if name == "drawn" else _REAL))
    design = np.column_stack([np.ones(len(logits)), np.array(logits)])
    chosen = np.array(right, float)
    shift, stretch = _regress(design, chosen, np.array(total, float) - chosen) / np.log(2)
    print(f"calibration: {shift:.3f} bits and {stretch:.3f} times")
    stretched = tuple(
        replace(c, levels=tuple(_bounded(c.name, name, round(weight * stretch)) for name, weight in c.levels))
        for c in model.comparisons
    )
    return replace(model, comparisons=stretched, prior=round(model.prior * stretch + 100 * shift))


def _bounded(comparison: str, level: str, weight: int) -> tuple[str, int]:
    return level, min(weight, CEILINGS.get((comparison, level), weight))


def _proposed(model: MatchModel, name: str, size: int) -> list[tuple[float, int, int]]:
    """Stated confidence, right links, all links, in the fitting half."""
    truth = TRUTHS.get(name, Truth())
    with (
        tempfile.TemporaryDirectory(prefix="tenuto-fit-") as folder,
        open_session(Path(folder) / "scratch", Resources("2GB")) as session,
    ):
        prepare(session, name, size)
        session.query("CREATE TABLE nothing (node BIGINT, other BIGINT)")
        propose(session, "labelled", "nothing", "links", model=replace(model, review=0.3, least_score=-400))
        return session.query(
            f"SELECT least(confidence, 0.9995), count(*) FILTER ({truth.same}), count(*) "
            "FROM links JOIN labelled AS a USING (node) JOIN labelled AS b ON b.node = other "
            f"WHERE {truth.half} = 0 AND ({truth.certain}) GROUP BY ALL ORDER BY ALL"
        )


def _regress(design: Floats, true: Floats, false: Floats) -> Floats:
    """Newton's method on the penalised likelihood."""
    total, weights = true + false, np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[0] = 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-(design @ weights)))
        slope = design.T @ (true - total * chance) - penalty * weights
        curve = (design * (total * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _model(bits: dict[tuple[str, int], int], prior: int) -> MatchModel:
    fitted = tuple(
        replace(c, levels=tuple((name, bits.get((c.name, n), 0)) for n, (name, _) in enumerate(c.levels)))
        for c in DEFAULT.comparisons
    )
    return replace(DEFAULT, comparisons=fitted, prior=prior)


def _design(rows: Sequence[tuple[int, ...]]) -> tuple[Floats, list[tuple[str, int]]]:
    places = [
        (comparison.name, n)
        for comparison in DEFAULT.comparisons
        for n, (name, _) in enumerate(comparison.levels)
        if name != REFERENCE[comparison.name]
    ]
    number = {place: i + 1 for i, place in enumerate(places)}
    design = np.zeros((len(rows), len(places) + 1))
    design[:, 0] = 1
    for i, row in enumerate(rows):
        for comparison, level in zip(DEFAULT.comparisons, row, strict=True):
            if (place := number.get((comparison.name, level - 1))) is not None:
                design[i, place] = 1
    return design, places


def gather(size: int) -> tuple[list[tuple[int, ...]], Floats, Floats]:
    """The fitting halves of all sets together."""
    rows: list[tuple[int, ...]] = []
    true: list[float] = []
    false: list[float] = []
    for name in FITTED:
        with (
            tempfile.TemporaryDirectory(prefix="tenuto-fit-") as folder,
            open_session(Path(folder) / "scratch", Resources("2GB")) as session,
        ):
            prepare(session, name, size)
            vectors_, same, other = vectors(session, name)
        weight = 1.0 if name == "drawn" else _REAL
        print(f"{name}: {sum(same):,} true and {sum(other):,} false candidates")
        rows += vectors_
        true += [weight * n for n in same]
        false += [weight * n for n in other]
    return rows, np.array(true), np.array(false)


def prepare(session: Session, name: str, size: int) -> None:
    """A set as the table `labelled`; "drawn" has `size` rows in each source."""
    if name == "drawn":
        perturbed(session, "labelled", size, size)
    else:
        load(session, "labelled", SETS[name]())


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "rows of each drawn source", 200_000, arguments)
    fitted = calibrated(fit(*gather(size)), size)
    print(f"prior {fitted.prior}")
    for comparison in fitted.comparisons:
        print(comparison)


if __name__ == "__main__":
    main()
