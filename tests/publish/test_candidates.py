"""What may be published of what is held: two tables joined, in any order of their rows."""

from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.publish.candidates import CANDIDATES, DAMAGED, HELD, VERDICTS, Counted, join_candidates

IDS = [UUID(int=n) for n in range(1, 6)]
VERDICTS_OF = [("CC0-1.0", ""), ("CC-BY-4.0", ""), ("", "not-free"), ("", "no-evidence")]


def joined(folder: Path, held: list[tuple[str, str, str, bool]]) -> Counted:
    """The fifth recording is unknown to the catalogue, and the fourth isn't held."""
    folder.mkdir()
    pq.write_table(_table(held, HELD), folder / "held")
    ids = pa.array([each.bytes for each in IDS[:4]], pa.uuid())
    licences, refusals = (pa.array(list(column)) for column in zip(*VERDICTS_OF, strict=True))
    pq.write_table(pa.Table.from_arrays([ids, licences, refusals], schema=VERDICTS), folder / "verdicts")
    return join_candidates(folder / "held", folder / "verdicts", folder / "found", folder / "spill")


def _table(rows: list[tuple[str, str, str, bool]], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(schema)]
    return pa.Table.from_arrays(columns, schema=schema)


def test_holdings_meet_their_verdicts(tmp_path: Path) -> None:
    rows = [(str(IDS[at]), f"{at:064x}", "original", at != 1) for at in (0, 1, 2, 4)]
    counted = joined(tmp_path / "one", rows)
    assert (counted.cleared, counted.refused) == (1, {DAMAGED: 1, "not-free": 1})
    found = pq.read_table(tmp_path / "one" / "found")
    assert found.schema.names == CANDIDATES.names
    assert sorted(found.to_pylist(), key=lambda row: row["recording_id"]) == [
        {
            "recording_id": rows[at][0],
            "object": rows[at][1],
            "tier": "original",
            "licence": licence,
            "refusal": why,
        }
        for at, licence, why in ((0, "CC0-1.0", ""), (1, "", DAMAGED), (2, "", "not-free"))
    ]
    assert joined(tmp_path / "two", rows[::-1]).digest == counted.digest
    assert joined(tmp_path / "three", [*rows[1:], (*rows[0][:2], "access", True)]).digest != counted.digest


def test_nothing_held_is_nothing_to_publish(tmp_path: Path) -> None:
    assert joined(tmp_path / "none", []) == Counted(0, {}, "0" * 32)
