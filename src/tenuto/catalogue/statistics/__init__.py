"""Roll-ups of a ranked snapshot, so that pages need no scan (docs/statistics.md).

One pass over each core table, two over the recordings and the listens. Memory grows with the artists
(30 bytes each), the releases (4) and the different names, not with the recordings.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tenuto.catalogue.order import Order
from tenuto.catalogue.statistics import facts, heard, recordings, releases
from tenuto.catalogue.weights import Weights
from tenuto.formats.snapshot import Snapshot
from tenuto.model.source import Scheme
from tenuto.model.statistics import Distribution, Statistics


def unranked(root: Path, snapshot: Snapshot) -> dict[str, Distribution]:
    """The roll-ups that rank order has no part in, by their field of `Statistics`."""
    return {
        "releases_by_year": releases.releases_by_year(root, snapshot),
        "releases_by_tracks": releases.releases_by_tracks(root, snapshot),
        "recordings_per_isrc": releases.per_name(root, snapshot, Scheme.ISRC, "ISRCs"),
        "isrcs_per_recording": releases.names_per(root, snapshot, Scheme.ISRC, "recording"),
        "releases_per_barcode": releases.per_name(root, snapshot, Scheme.BARCODE, "barcodes"),
        "barcodes_per_release": releases.names_per(root, snapshot, Scheme.BARCODE, "release"),
    }


def statistics(root: Path, snapshot: Snapshot, order: Order) -> Statistics:
    """Of all live rows. The same snapshot gives the same figures, to the last digit."""
    return replace(uncovered(root, snapshot, order, unranked(root, snapshot)), coverage=heard.coverage(order))


def uncovered(
    root: Path, snapshot: Snapshot, weights: Weights, known: Mapping[str, Distribution]
) -> Statistics:
    """All but the coverage, which alone needs the order. `known` is what `unranked` gave."""
    total = snapshot.counts["recordings"]
    described = recordings.described(root, snapshot, weights)
    by_genre = recordings.by_genre(described, total)
    artists_by_popularity, artists_by_listens, artists_by_recordings = recordings.of_artists(
        snapshot, described
    )
    explicit, key, mode, tempo = facts.sound(root, snapshot, weights)
    by_source, by_sources = facts.by_source(root, snapshot, weights)
    return Statistics(
        counts=dict(snapshot.counts),
        listens=snapshot.listens.total,
        by_basis=heard.by_basis(weights),
        by_popularity=heard.by_popularity(root, snapshot, weights),
        by_listens=heard.by_listens(weights),
        coverage=(),
        by_duration=described.durations.distribution("recordings", total),
        by_year=described.years.distribution("recordings", total),
        by_explicit=explicit,
        by_key=key,
        by_mode=mode,
        by_tempo=tempo,
        by_genre=by_genre,
        artists_by_genre=recordings.artists_by_genre(root, snapshot, by_genre),
        by_artist=recordings.most_heard_artists(root, snapshot, described),
        artists_by_popularity=artists_by_popularity,
        artists_by_listens=artists_by_listens,
        artists_by_recordings=artists_by_recordings,
        **known,
        by_licence=facts.by_licence(root, snapshot, weights),
        by_source=by_source,
        by_sources=by_sources,
    )
