"""The inverted index of fingerprints: which documents have a term; and who meets whom in it.

A posting is one whole number, the term above the document. They lie in one sorted file in 256 parts, so that
a few look-ups touch a few pages, and many go through it once from beginning to end.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.audio.alike import Terms
from tenuto.audio.spill import PARTS, Numbers, Spill

MOST_DOCUMENTS: Final = 1 << 30
COMMON: Final = 100
"""Documents that may share a term; one of more says nothing (a sample that everybody uses, hum)."""
SHARED: Final = 2
"""Terms that two documents have in common before they are compared."""

_DOCUMENT_BITS: Final = np.uint64(30)
_DOCUMENT: Final = np.uint64(MOST_DOCUMENTS - 1)
_PART_BITS: Final = np.uint64(8)
_HIGH: Final = np.uint64(32)


class Postings:
    """One sorted file, mapped into memory, never loaded as a whole."""

    def __init__(self, path: Path) -> None:
        self._numbers: Numbers = np.memmap(path, dtype="<u8", mode="r")

    def part(self, number: int) -> Numbers:
        begin, end = self._numbers[number : number + 2].astype(np.int64) + PARTS + 1
        return self._numbers[begin:end]


def write(path: Path, parts: Iterable[Numbers]) -> None:
    """Each part ascending, `PARTS` of them. Not durable yet."""
    ends = np.zeros(PARTS + 1, dtype="<u8")
    with path.open("wb") as file:
        file.write(ends.data)
        for number, part in enumerate(parts):
            file.write(part.astype("<u8", copy=False).data)
            ends[number + 1] = ends[number] + np.uint64(len(part))
        file.seek(0)
        file.write(ends.data)


def add_terms(spill: Spill, document: int, terms: Terms) -> None:
    """The postings of one document. 42 bits of a term count: 8 choose its part, 34 stand in the posting."""
    postings = (terms >> _PART_BITS) << _DOCUMENT_BITS | np.uint64(document)
    spill.add(terms.astype(np.uint8), postings)


def meet(new: Postings, olds: Sequence[Postings], first: int, spill: Spill) -> Iterator[NDArray[np.int64]]:
    """(pairs, 2): documents that share terms enough, at least one of them in `new`; the older one first.

    Every pair once. `first` is the least number of `new`, above all numbers of `olds`.
    """
    for number in range(PARTS):
        mine = new.part(number)
        theirs = [_with_terms_of(mine, old.part(number)) for old in olds]
        for pairs in _pairs(np.sort(np.concatenate((*theirs, mine))), np.uint64(first)):
            spill.add((pairs >> _HIGH).astype(np.uint8), pairs)
    for number in range(PARTS):
        pairs, counts = np.unique(spill.take(number), return_counts=True)
        enough = pairs[counts >= SHARED]
        yield np.stack((enough >> _HIGH, enough & np.uint64(2**32 - 1)), axis=1).astype(np.int64)


def _with_terms_of(mine: Numbers, theirs: Numbers) -> Numbers:
    """Of their postings, those whose term is among mine."""
    terms = np.unique(mine >> _DOCUMENT_BITS)
    low = np.searchsorted(theirs, terms << _DOCUMENT_BITS)
    high = np.searchsorted(theirs, terms << _DOCUMENT_BITS | _DOCUMENT, side="right")
    counts = np.minimum(high - low, COMMON + 1)
    places = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    found: Numbers = theirs[places]
    return found


def _pairs(postings: Numbers, first: np.uint64) -> Iterator[Numbers]:
    """Of one part: `older << 32 | newer`, once for each term that isn't common."""
    terms, documents = postings >> _DOCUMENT_BITS, postings & _DOCUMENT
    _, lengths = np.unique(terms, return_counts=True)
    telling = np.repeat((lengths >= 2) & (lengths <= COMMON), lengths)
    terms, documents = terms[telling], documents[telling]
    here = np.arange(len(terms))
    for distance in range(1, COMMON):
        here = here[here + distance < len(terms)]
        here = here[terms[here] == terms[here + distance]]
        if not len(here):
            return
        found = here[documents[here + distance] >= first]
        yield documents[found] << _HIGH | documents[found + distance]
