"""Roll-ups of a handful of recordings, counted one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from tenuto.model.catalogue import ListensBasis, RecordingDetail
from tenuto.model.statistics import Bar, Distribution, Held, Ranking, Share, Statistics

Details = Sequence[RecordingDetail]

_BANDS = range(0, 100, 5)
"""Of popularity; shown whole."""
_STEPS = (0, *(factor * 10**power for power in range(6) for factor in (1, 2, 5)))
_FEW = range(1, 12)
_YEARS = (1, *range(1900, 2101))
_KEYS = ("C", "C♯/D♭", "D", "D♯/E♭", "E", "F", "F♯/G♭", "G", "G♯/A♭", "A", "A♯/B♭", "B")


def simulated_statistics(details: Details, counts: dict[str, int]) -> Statistics:
    """Sound is invented from the rank; every seventh recording has none."""
    found = _listening(details) | _described(details) | _sound(details)
    return Statistics(counts=counts, **found, **_artists(details), **_releases(details), **_origins(details))


def _listening(details: Details) -> dict[str, Any]:
    places = [detail.summary.popularity for detail in details]
    heard = _heard(details)
    counted = places[0].basis is ListensBasis.COUNTED
    bands = _distribution("recordings", [place.popularity for place in places], _BANDS, heard)
    bars = tuple(_sampled(bar) if counted and bar.listens else bar for bar in bands.bars)
    return {
        "listens": sum(heard),
        "by_basis": _ranking("recordings", [[place.basis] for place in places], heard),
        "by_popularity": replace(bands, bars=(*bars[:-1], replace(bars[-1], high=101))),
        "by_listens": _distribution("recordings", heard, _STEPS, heard),
        "coverage": tuple(Held(*held) for held in enumerate(accumulate(heard), 1)) if sum(heard) else (),
    }


def _described(details: Details) -> dict[str, Any]:
    heard, summaries = _heard(details), [detail.summary for detail in details]
    genres = _ranking("recordings", [[detail.genre] for detail in details], heard)
    artists = {name: {d.genre for d in details if d.summary.artist == name} for name in _by_artist(details)}
    return {
        "by_duration": _distribution(
            "recordings", [s.duration_ms for s in summaries], (1, *range(30_000, 600_000, 30_000)), heard
        ),
        "by_year": _distribution("recordings", [s.year for s in summaries], _YEARS, heard),
        "by_genre": genres,
        "artists_by_genre": _ranking("artists", artists.values()),
    }


def _sound(details: Details) -> dict[str, Any]:
    heard, ranks = _heard(details), [rank if rank % 7 else None for rank in range(len(details))]

    def named(names: Sequence[str]) -> Ranking:
        return _ranking("recordings", [[] if r is None else [names[r % len(names)]] for r in ranks], heard)

    tempos = [None if rank is None else 60 + rank % 13 * 7 for rank in ranks]
    return {
        "by_explicit": named(("clean", "clean", "explicit")),
        "by_key": named(_KEYS),
        "by_mode": named(("major", "minor", "major")),
        "by_tempo": _distribution("recordings", tempos, (1, *range(40, 221, 5)), heard),
    }


def _artists(details: Details) -> dict[str, Any]:
    by_artist = _by_artist(details)
    sums = [sum(each) for each in by_artist.values()]
    return {
        "by_artist": _ranking("recordings", [[d.summary.artist] for d in details], _heard(details)),
        "artists_by_popularity": _distribution("artists", [90] * len(sums), _BANDS, sums),
        "artists_by_listens": _distribution("artists", sums, _STEPS, sums),
        "artists_by_recordings": _distribution("artists", [len(each) for each in by_artist.values()], _FEW),
    }


def _releases(details: Details) -> dict[str, Any]:
    years = {detail.tracks[0].release: detail.summary.year for detail in details}
    tracks = [sum(detail.tracks[0].release == release for detail in details) for release in years]
    isrcs = [len(detail.identifiers) or None for detail in details]
    return {
        "releases_by_year": _distribution("releases", list(years.values()), _YEARS),
        "releases_by_tracks": _distribution("releases", tracks, _FEW),
        "recordings_per_isrc": _distribution("ISRCs", [1 for number in isrcs if number], _FEW),
        "isrcs_per_recording": _distribution("recordings", isrcs, _FEW),
        "releases_per_barcode": _distribution("barcodes", [], _FEW),
        "barcodes_per_release": _distribution("releases", [None] * len(years), _FEW),
    }


def _origins(details: Details) -> dict[str, Any]:
    heard = _heard(details)
    sources = [[str(row.source) for row in detail.source_rows] for detail in details]
    return {
        "by_licence": _ranking("recordings", [[e.statement for e in d.evidence] for d in details], heard),
        "by_source": _ranking("recordings", sources, heard),
        "by_sources": _ranking("recordings", [[" + ".join(names)] for names in sources], heard),
    }


def _heard(details: Details) -> list[float]:
    return [detail.summary.popularity.listens for detail in details]


def _by_artist(details: Details) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for detail in details:
        found.setdefault(detail.summary.artist, []).append(detail.summary.popularity.listens)
    return found


def _distribution(
    of: str, values: Sequence[float | None], edges: Sequence[int], heard: Sequence[float] | None = None
) -> Distribution:
    bars = []
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        inside = [
            at for at, v in enumerate(values) if v is not None and v >= low and (high is None or v < high)
        ]
        bars.append(Bar(low, high, len(inside), None if heard is None else sum(heard[at] for at in inside)))
    filled = [at for at, bar in enumerate(bars) if bar.count or edges is _BANDS]
    shown = bars[filled[0] : filled[-1] + 1] if filled else []
    return Distribution(of, len(values), sum(value is None for value in values), tuple(shown))


def _sampled(bar: Bar) -> Bar:
    return replace(bar, interval=((bar.listens or 0) * 0.9, (bar.listens or 0) * 1.1))


def _ranking(of: str, things: Iterable[Iterable[str]], heard: Sequence[float] | None = None) -> Ranking:
    having: dict[str, list[int]] = {}
    known = [set(names) - {""} for names in things]
    for at, names in enumerate(known):
        for name in names:
            having.setdefault(str(name), []).append(at)
    shares = [
        Share(name, len(places), None if heard is None else sum(heard[at] for at in places))
        for name, places in having.items()
    ]
    shares.sort(key=lambda share: (-share.count, share.name))
    return Ranking(of, len(known), sum(not names for names in known), len(shares), tuple(shares))
