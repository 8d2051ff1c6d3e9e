"""Roll-ups of a handful of recordings, counted one by one."""

from collections.abc import Sequence
from itertools import accumulate

from tenuto.model.catalogue import ListensBasis, RecordingDetail
from tenuto.model.statistics import Bar, Distribution, Held, Ranking, Share, Statistics

Valued = tuple[float | None, float]
"""A value, or None where it is unknown, and listens."""
Named = tuple[Sequence[str], float]

_STEPS = (0, *(factor * 10**power for power in range(6) for factor in (1, 2, 5)))
_BANDS = range(0, 100, 5)
"""Of popularity; shown whole."""
_FEW = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_KEYS = ("C", "C♯/D♭", "D", "D♯/E♭", "E", "F", "F♯/G♭", "G", "G♯/A♭", "A", "A♯/B♭", "B")


def simulated_statistics(details: Sequence[RecordingDetail], counts: dict[str, int]) -> Statistics:
    """Sound is invented from the rank; every seventh recording has none."""
    heard = [detail.summary.popularity.listens for detail in details]
    summaries = [detail.summary for detail in details]
    artists: dict[str, list[float]] = {}
    for summary in summaries:
        artists.setdefault(summary.artist, []).append(summary.popularity.listens)
    releases = {detail.tracks[0].release: detail.summary.year for detail in details}
    tracks = [sum(d.tracks[0].release == release for d in details) for release in releases]
    basis = summaries[0].popularity.basis
    popular = _distribution(
        "recordings", [(s.popularity.popularity, s.popularity.listens) for s in summaries], _BANDS
    )
    sound = [(at, listens) for at, listens in enumerate(heard) if at % 7]
    genres = _ranking("recordings", [([d.genre], n) for d, n in zip(details, heard, strict=True)])
    return Statistics(
        counts=counts,
        listens=sum(heard),
        by_basis=_ranking(
            "recordings", [([str(s.popularity.basis)], s.popularity.listens) for s in summaries]
        ),
        by_popularity=_with_intervals(popular, sampled=basis is ListensBasis.COUNTED),
        by_listens=_distribution("recordings", [(n, n) for n in heard], _STEPS),
        coverage=tuple(Held(at, sum_) for at, sum_ in enumerate(accumulate(heard), 1)) if sum(heard) else (),
        by_duration=_distribution(
            "recordings",
            [(s.duration_ms, s.popularity.listens) for s in summaries],
            (1, *range(30_000, 600_000, 30_000)),
        ),
        by_year=_distribution(
            "recordings", [(s.year, s.popularity.listens) for s in summaries], (1, *range(1900, 2101))
        ),
        by_explicit=_ranking(
            "recordings", [(["explicit"] if at % 11 == 0 else ["clean"], n) for at, n in sound], len(heard)
        ),
        by_key=_ranking("recordings", [([_KEYS[at % 12]], n) for at, n in sound], len(heard)),
        by_mode=_ranking(
            "recordings", [(["major" if at % 3 else "minor"], n) for at, n in sound], len(heard)
        ),
        by_tempo=_distribution(
            "recordings", [(60 + at % 13 * 7, n) for at, n in sound], (1, *range(40, 221, 5)), len(heard)
        ),
        by_genre=genres,
        artists_by_genre=Ranking(
            "artists",
            len(artists),
            0,
            genres.names,
            tuple(
                Share(s.name, len({d.summary.artist for d in details if d.genre == s.name}))
                for s in genres.shares
            ),
        ),
        by_artist=_ranking("recordings", [([s.artist], s.popularity.listens) for s in summaries]),
        artists_by_popularity=_distribution(
            "artists", [(90, sum(each)) for each in artists.values()], _BANDS
        ),
        artists_by_listens=_distribution(
            "artists", [(sum(each), sum(each)) for each in artists.values()], _STEPS
        ),
        artists_by_recordings=_distribution("artists", [(len(each), 0) for each in artists.values()], _FEW),
        releases_by_year=_distribution(
            "releases", [(year, 0) for year in releases.values()], (1, *range(1900, 2101))
        ),
        releases_by_tracks=_distribution("releases", [(each, 0) for each in tracks], _FEW),
        recordings_per_isrc=_distribution("ISRCs", [(1, 0) for d in details if d.identifiers], _FEW),
        isrcs_per_recording=_distribution(
            "recordings", [(len(d.identifiers) or None, 0) for d in details], _FEW
        ),
        releases_per_barcode=_distribution("barcodes", [], _FEW),
        barcodes_per_release=_distribution("releases", [(None, 0)] * len(releases), _FEW),
        by_licence=_ranking(
            "recordings",
            [([e.statement for e in d.evidence], n) for d, n in zip(details, heard, strict=True)],
        ),
        by_source=_ranking(
            "recordings",
            [([row.source for row in d.source_rows], n) for d, n in zip(details, heard, strict=True)],
        ),
        by_sources=_ranking(
            "recordings",
            [
                ([" + ".join(row.source for row in d.source_rows)], n)
                for d, n in zip(details, heard, strict=True)
            ],
        ),
    )


def _distribution(
    of: str, values: Sequence[Valued], edges: Sequence[int], total: int | None = None
) -> Distribution:
    known = [(value, listens) for value, listens in values if value is not None]
    bars = []
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        inside = [n for value, n in known if value >= low and (high is None or value < high)]
        bars.append(Bar(low, high, len(inside), sum(inside)))
    total = len(values) if total is None else total
    filled = [at for at, bar in enumerate(bars) if bar.count or len(bars) == len(_BANDS)]
    shown = bars[filled[0] : filled[-1] + 1] if filled else []
    return Distribution(of, total, total - len(known), tuple(shown))


def _with_intervals(found: Distribution, *, sampled: bool) -> Distribution:
    bars = [
        Bar(
            b.low,
            b.high or 101,
            b.count,
            b.listens,
            (b.listens * 0.9, b.listens * 1.1) if sampled and b.listens else None,
        )
        for b in found.bars
    ]
    return Distribution(found.of, found.total, found.unknown, tuple(bars))


def _ranking(of: str, things: Sequence[Named], total: int | None = None) -> Ranking:
    counts: dict[str, tuple[int, float]] = {}
    for names, listens in things:
        for name in set(names) - {""}:
            count, sum_ = counts.get(name, (0, 0.0))
            counts[name] = (count + 1, sum_ + listens)
    total = len(things) if total is None else total
    known = sum(any(names) for names, _ in things)
    shares = sorted((Share(name, *found) for name, found in counts.items()), key=lambda s: (-s.count, s.name))
    return Ranking(of, total, total - known, len(shares), tuple(shares))
