"""Roll-ups of a ranked session (`sql/ranked.sql`), so that pages need no scan."""

from tenuto.catalogue.session import Session
from tenuto.model.catalogue import Bar, Statistics
from tenuto.model.ids import SourceName

_BARS = range(0, 100, 5)
_MOST_LICENCES = 50


def statistics(session: Session) -> Statistics:
    """Of all recordings of the snapshot."""
    return Statistics(_by_popularity(session), _by_year(session), _by_licence(session), _by_source(session))


def _by_popularity(session: Session) -> tuple[Bar, ...]:
    rows = session.query(
        "SELECT least(popularity // 5, 19) * 5 AS low, count(*), sum(listens::DECIMAL(38, 6))::DOUBLE "
        "FROM listed GROUP BY low"
    )
    found = {low: (recordings, listens) for low, recordings, listens in rows}
    return tuple(Bar(low, 100 if low == 95 else low + 4, *found.get(low, (0, 0.0))) for low in _BARS)


def _by_year(session: Session) -> tuple[Bar, ...]:
    rows = session.query(
        "SELECT year, count(*), sum(listens::DECIMAL(38, 6))::DOUBLE FROM listed "
        "WHERE year IS NOT NULL GROUP BY year ORDER BY year"
    )
    return tuple(Bar(year, year, recordings, listens) for year, recordings, listens in rows)


def _by_licence(session: Session) -> tuple[tuple[str, int], ...]:
    rows = session.query(
        "SELECT coalesce(statement, '') AS licence, count(DISTINCT places.rank) AS n "
        "FROM places LEFT JOIN ranked_rights USING (rank) GROUP BY licence ORDER BY n DESC, licence LIMIT ?",
        [_MOST_LICENCES],
    )
    return tuple((licence, recordings) for licence, recordings in rows)


def _by_source(session: Session) -> tuple[tuple[SourceName, int], ...]:
    rows = session.query(
        "SELECT source, count(*) FROM ranked_sources GROUP BY priority, source ORDER BY priority, source"
    )
    return tuple((SourceName(source), recordings) for source, recordings in rows)
