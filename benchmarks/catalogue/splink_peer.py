"""Splink on the fields that Tenuto's matcher folds, its parameters estimated without labels: the peer.

python -m benchmarks.catalogue.splink_peer [--size ROWS]     `make bench` installs Splink

Its tables stay in memory-bounded DuckDB as ours. Judged on the same held-back half of the drawn set, as
predicted, and with the best partner in the catalogue only.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.catalogue.fit_match import prepare
from benchmarks.report import seconds, show, size_option
from tenuto.catalogue.match.proposal import fold
from tenuto.catalogue.session import Resources, open_session

_FOLDED = """
SELECT folded.node AS unique_id, folded.source, folded.distinct_keys, whole, base, versions, numbers,
    nullif(folded.artist, '') AS artist, nullif(first, '') AS first, nullif(folded.release, '') AS release,
    folded.year, folded.duration_ms, folded.track_number, folded.duration_ms // 8000 AS slot,
    left(match_closed(base), 4) AS head, right(match_closed(base), 5) AS tail, labelled.label
FROM match_folded AS folded JOIN labelled USING (node) ORDER BY unique_id
"""
_JUDGED = """
CREATE TABLE judged AS
SELECT match_probability AS confidence, a.label = b.label AS correct, a.source <> b.source AS across,
    CASE WHEN a.source = 2 THEN a.unique_id ELSE b.unique_id END AS file
FROM {predicted} AS pair JOIN folded AS a ON a.unique_id = pair.unique_id_l
    JOIN folded AS b ON b.unique_id = pair.unique_id_r
WHERE hash(b.label) % 2 = 1
"""
_WANTED = """
SELECT count(*) FROM folded AS a JOIN folded AS b ON a.label = b.label AND a.unique_id < b.unique_id
WHERE hash(b.label) % 2 = 1 AND (a.source <> b.source OR NOT a.distinct_keys)
"""
_BEST = """
(FROM judged WHERE NOT across UNION ALL
 FROM judged WHERE across QUALIFY row_number() OVER (PARTITION BY file ORDER BY confidence DESC, correct) = 1)
"""
THRESHOLDS: Final = (0.5, 0.95, 0.99, 0.999, 0.9999)


def folded(folder: Path, size: int) -> Path:
    """The drawn set's fields as our matcher compares them, with what Splink's blocking rules need."""
    path = folder / "folded.parquet"
    with open_session(folder / "scratch", Resources()) as session:
        prepare(session, "drawn", size)
        session.query("CREATE TABLE nothing (node BIGINT, other BIGINT)")
        fold(session, "labelled", "nothing")
        session.write(_FOLDED, path)
    return path


def predicted(connection: duckdb.DuckDBPyConnection) -> tuple[str, float, float]:
    """Splink's table of pairs, seconds to train and to predict."""
    splink, comparisons = import_module("splink"), import_module("splink.comparison_library")
    api = import_module("splink.backends.duckdb").DuckDBAPI(connection=connection)
    began = time.perf_counter()
    linker = splink.Linker(api.register("folded"), _settings(splink, comparisons), log_level="ERROR")
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [splink.block_on("whole", "artist", "slot")], recall=0.7
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for columns in (("first", "base"), ("whole", "slot")):
        training.estimate_parameters_using_expectation_maximisation(splink.block_on(*columns))
    trained = time.perf_counter()
    pairs = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    return pairs.physical_name, trained - began, time.perf_counter() - trained


def _settings(splink: Any, comparisons: Any) -> Any:  # noqa: ANN401 -- the peer may not be installed
    levels = import_module("splink.comparison_level_library")
    steps = [
        levels.CustomLevel(f"abs(duration_ms_l - duration_ms_r) <= {most}") for most in (1e3, 3e3, 7e3, 15e3)
    ]
    duration = comparisons.CustomComparison(
        output_column_name="duration_ms",
        comparison_levels=[levels.NullLevel("duration_ms"), *steps, levels.ElseLevel()],
    )
    names = [("whole", [0.94, 0.85]), ("artist", [0.92, 0.8])]
    alike = [
        comparisons.JaroWinklerAtThresholds(name, at).configure(term_frequency_adjustments=True)
        for name, at in names
    ]
    exact = [
        comparisons.ExactMatch(name) for name in ("versions", "numbers", "release", "year", "track_number")
    ]
    rules = [("first", "base"), ("whole", "slot"), ("first", "head"), ("first", "tail")]
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*alike, duration, *exact],
        blocking_rules_to_generate_predictions=[_rule(*rule) for rule in rules],
        retain_matching_columns=False,
    )


def _rule(*columns: str) -> dict[str, str]:
    agree = " AND ".join(f"l.{column} = r.{column}" for column in columns)
    rule = f"{agree} AND (l.source <> r.source OR NOT l.distinct_keys)"
    return {"blocking_rule": rule, "sql_dialect": "duckdb"}


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "rows of each drawn source", 100_000, arguments)
    if find_spec("splink") is None:
        sys.exit("the peer isn't installed. `make bench` installs it")
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        path = folded(Path(name), size)
        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": "2GB",
            "temp_directory": f"{name}/spill",
            "threads": "2",
        }
        with duckdb.connect(f"{name}/peer.duckdb", config=limits) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute("CREATE TABLE folded AS FROM read_parquet(?)", [str(path)])
            table, training, predicting = predicted(connection)
            connection.execute(_JUDGED.format(predicted=table))
            ((wanted,),) = connection.execute(_WANTED).fetchall()
            rows = [_row(connection, threshold, wanted) for threshold in THRESHOLDS]
    show(
        f"Splink, {size:,} drawn rows a source: trained in {seconds(training)} s, predicted in "
        f"{seconds(predicting)} s",
        ("from confidence", "precision", "recall", "best partner: precision", "recall"),
        rows,
    )


def _row(connection: duckdb.DuckDBPyConnection, threshold: float, wanted: int) -> list[str]:
    cells = [f"{threshold}"]
    for table in ("judged", _BEST):
        ((right, proposed),) = connection.execute(
            f"SELECT count(*) FILTER (correct), count(*) FROM {table} WHERE confidence >= {threshold}"
        ).fetchall()
        cells += [f"{right:,}/{proposed:,} = {right / proposed:.4f}", f"{right / wanted:.4f}"]
    return cells


if __name__ == "__main__":
    main()
