"""Matching without identifiers: precision and recall against identifiers held back; time and memory.

python -m benchmarks.catalogue.bench_match [--size ROWS]
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.catalogue.fit_match import prepare
from benchmarks.catalogue.labelled import DATA, SETS, TRUTHS, Truth
from benchmarks.report import measure, megabytes, seconds, show, size_option
from tenuto.catalogue.match import DEFAULT, propose
from tenuto.catalogue.session import Resources, Session, open_session

EDGES: Final = (0.5, 0.7, 0.9, DEFAULT.merge, 0.98, 0.99, 0.995, 0.998, 1.0)
"""Of the reliability table's bins."""

WITHIN: Final = {"drawn", "durations"}
"""Sets whose labels also tell which rows of one source are one recording; of the others only links between
the sources can be judged."""

_JUDGED = """
CREATE TABLE judged AS
SELECT links.*, {same} AS correct, a.source = b.source AS within
FROM links JOIN labelled AS a USING (node) JOIN labelled AS b ON b.node = other
WHERE {half} = 1 AND ({certain}) AND (a.source <> b.source OR {within});
"""
_WANTED = """
SELECT count(*) FROM labelled AS a JOIN labelled AS b ON a.label = b.label AND a.node < b.node
WHERE {half} = 1 AND (a.source <> b.source OR {within} AND NOT a.distinct_keys)
"""

Judged = tuple[int, int, int, int, int, int]
"""Right and proposed from `merge` on, right and proposed from `review` on, wanted, left out by blocking."""
Bin = tuple[float, float, int, int, float]
"""Low, high, right, proposed, mean confidence."""


def judge(name: str, size: int, resources: Resources) -> tuple[Judged, list[Bin], float]:
    """One set's held-back half, and the seconds that `propose` took for the whole set."""
    with (
        tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder,
        open_session(Path(folder) / "scratch", resources) as session,
    ):
        prepare(session, name, size)
        session.query("CREATE TABLE nothing (node BIGINT, other BIGINT)")
        began = time.perf_counter()
        propose(session, "labelled", "nothing", "links")
        took = time.perf_counter() - began
        truth = TRUTHS.get(name, Truth())
        words = {**asdict(truth), "within": "true" if name in WITHIN else "false"}
        session.query(_JUDGED.format(**words))
        ((wanted,),) = session.query(_WANTED.format(**words)) if name not in TRUTHS else ((0,),)
        return _counts(session, wanted), _bins(session), took


def _counts(session: Session, wanted: int) -> Judged:
    merged = f"confidence >= {DEFAULT.merge}"
    ((right, proposed, reviewed_right, reviewed),) = session.query(
        f"SELECT count(*) FILTER (correct AND {merged}), count(*) FILTER ({merged}), "
        "count(*) FILTER (correct), count(*) FROM judged"
    )
    ((left,),) = session.query("SELECT coalesce(sum(nodes), 0)::BIGINT FROM links_left")
    return right, proposed, reviewed_right, reviewed, wanted, left


def _bins(session: Session) -> list[Bin]:
    bins = []
    for low, high in pairwise(EDGES):
        ((right, proposed, mean),) = session.query(
            "SELECT count(*) FILTER (correct), count(*), avg(confidence) FROM judged "
            "WHERE confidence >= ? AND confidence < ?",
            (low, high),
        )
        bins.append((low, high, right, proposed, mean or 0.0))
    return bins


def share(part: int, whole: int) -> str:
    return f"{part:,}/{whole:,} = {part / whole:.4f}" if whole else "not known"


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "rows of each drawn source", 100_000, arguments)
    names = ["drawn", *(SETS if DATA.is_dir() else ())]
    judged = {name: measure(partial(judge, name, size, Resources())) for name in names}
    show(
        f"matching, held-back halves ({size:,} drawn rows a source): pairs from {DEFAULT.merge} on",
        ("set", "precision", "recall", "precision from 0.5", "recall from 0.5", "seconds", "peak MB"),
        [
            [
                *(name, share(right, proposed), share(right, wanted)),
                *(share(reviewed_right, reviewed), share(reviewed_right, wanted)),
                *(seconds(run.result[2]), megabytes(run.peak_bytes)),
            ]
            for name, run in judged.items()
            for right, proposed, reviewed_right, reviewed, wanted, _ in [run.result[0]]
        ],
    )
    for name, run in judged.items():
        show(
            f"reliability, {name}",
            ("stated confidence", "mean stated", "measured"),
            [
                [f"{low:.3f} to {high:.3f}", f"{mean:.4f}", share(right, proposed)]
                for low, high, right, proposed, mean in run.result[1]
                if proposed
            ],
        )


if __name__ == "__main__":
    main()
