"""The radio plays' songs against the list of songs: COMBINED is held back, and names who is who."""

from pathlib import Path

from tenuto.catalogue.match import DEFAULT, propose
from tenuto.catalogue.session import Resources, open_session
from tests.shared import SHARED_DATA, needs_shared_data

KEYS = """
CREATE TABLE keys AS
SELECT row_number() OVER (ORDER BY source, title, artist, label) - 1 AS node, source,
    source = 1 AS distinct_keys, title, artist, '' AS release, NULL::INTEGER AS year,
    NULL::BIGINT AS duration_ms, NULL::INTEGER AS track_number, label
FROM (
    SELECT 1 AS source, "Song Clean" AS title, "ARTIST CLEAN" AS artist, COMBINED AS label
    FROM read_csv(?, all_varchar = true)
    UNION ALL
    SELECT DISTINCT 2, coalesce(song, ''), coalesce(artist, ''), combined
    FROM read_csv(?, all_varchar = true))
"""


@needs_shared_data
def test_the_plays_find_their_songs(tmp_path: Path) -> None:
    folder = SHARED_DATA / "classic_rock_plays"
    names = ("classic-rock-song-list.csv", "classic_rock_raw_plays.csv")
    with open_session(tmp_path / "scratch", Resources()) as session:
        session.query(KEYS, [str(folder / name) for name in names])
        session.query("CREATE TABLE known (node BIGINT, other BIGINT)")
        propose(session, "keys", "known", "links")
        ((right, proposed),) = session.query(
            "SELECT count(*) FILTER (a.label = b.label), count(*) FROM links JOIN keys AS a USING (node) "
            "JOIN keys AS b ON b.node = other WHERE a.source <> b.source AND confidence >= ?",
            [DEFAULT.merge],
        )
        ((wanted,),) = session.query(
            "SELECT count(*) FROM keys AS a JOIN keys AS b USING (label) WHERE a.source = 1 AND b.source = 2"
        )
    assert wanted == 2220
    assert right / proposed >= 0.99
    assert right / wanted >= 0.98
