"""Recordings whose audio is held more than once."""

from dataclasses import dataclass
from enum import StrEnum

from tenuto.model.ids import DuplicatesId, RecordingId, Sha256


class Tie(StrEnum):
    """Why the audio of two recordings is the same; the first that holds is named."""

    BYTES = "bytes"
    ESSENCE = "essence"
    """The same compressed audio under other tags."""
    SAMPLES = "samples"
    """The same samples, compressed without loss in another way."""
    LIKENESS = "likeness"
    """The same by its fingerprint, in another encoding or cut."""
    DOUBT = "doubt"
    """Alike, but somebody should listen: another take, a remix, the same backing track."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What ties the audio of one recording to that of another."""

    one: RecordingId
    other: RecordingId
    tie: Tie
    error: float
    """Share of differing bits of the fingerprints; 0 where nothing had to be compared."""
    offset_s: float
    """By which the music of `other` begins later in `one`."""
    overlap_s: float
    """Of the fingerprints, where they were laid over one another; 0 where nothing had to be compared."""


@dataclass(frozen=True, slots=True)
class Member:
    """One recording of a cluster: recordings that hold the same audio, doubtful ties left out."""

    recording: RecordingId
    cluster: RecordingId
    """The best copy's recording."""
    place: int
    """0 = the best copy (docs/formats/duplicates.md)."""
    object: Sha256


@dataclass(frozen=True, slots=True)
class DuplicatesSummary:
    """What was found among what is held."""

    id: DuplicatesId
    objects: int
    """Different objects that were compared."""
    clusters: int
    members: int
    """Recordings in clusters."""
    pairs: dict[Tie, int]
