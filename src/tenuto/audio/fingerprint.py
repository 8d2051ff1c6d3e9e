"""Chromaprint fingerprints: what audio sounds like, the same in every encoding (acoustid.org/chromaprint).

The system's library (Debian: libchromaprint1) does the work. Where it is missing, there are no fingerprints.
"""

import ctypes
import ctypes.util
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.audio.consumers import Block
from tenuto.model.errors import BadInputError

ALGORITHM: Final = 1
"""CHROMAPRINT_ALGORITHM_TEST2, the library's default and AcoustID's."""
SECONDS: Final = 120
"""Of the beginning, as AcoustID has them."""

_FULL_SCALE: Final = np.float32(32_768)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("chromaprint")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    context, numbers, text = ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32), ctypes.c_char_p
    whole, length = ctypes.c_int, ctypes.POINTER(ctypes.c_int)
    signatures = {
        "new": (context, [whole]),
        "free": (None, [context]),
        "start": (whole, [context, whole, whole]),
        "feed": (whole, [context, ctypes.c_void_p, whole]),
        "finish": (whole, [context]),
        "get_fingerprint": (whole, [context, ctypes.POINTER(ctypes.c_void_p)]),
        "decode_fingerprint": (whole, [text, whole, ctypes.POINTER(numbers), length, length, whole]),
        "dealloc": (None, [ctypes.c_void_p]),
    }
    for short, (result, arguments) in signatures.items():
        function = getattr(library, f"chromaprint_{short}")
        function.restype, function.argtypes = result, arguments
    return library


def available() -> bool:
    """Whether the library is there."""
    return _library() is not None


class Fingerprint:
    """A consumer of decoded audio. Needs the library."""

    def __init__(self, rate: int, channels: int) -> None:
        library = _library()
        assert library is not None
        self._library = library
        self._context = library.chromaprint_new(ALGORITHM)
        self._left = SECONDS * rate
        self._started = bool(library.chromaprint_start(self._context, rate, channels))

    def add(self, block: Block) -> None:
        taken = block.samples[:, : self._left]
        self._left -= taken.shape[1]
        if taken.size and self._started:
            samples = np.clip(taken * _FULL_SCALE, -_FULL_SCALE, _FULL_SCALE - 1)
            whole = np.ascontiguousarray(samples.T, dtype="<i2")
            self._library.chromaprint_feed(self._context, whole.ctypes.data, whole.size)

    def finish(self) -> str | None:
        """As AcoustID takes it; None for audio that is too short, or that the library refuses."""
        if not self._started or not self._library.chromaprint_finish(self._context):
            return None
        text = ctypes.c_void_p()
        if not self._library.chromaprint_get_fingerprint(self._context, ctypes.byref(text)):
            return None
        try:
            found = ctypes.string_at(text.value or 0).decode("ascii")
        finally:
            self._library.chromaprint_dealloc(text)
        return found if len(decoded(found)) else None

    def __del__(self) -> None:
        self._library.chromaprint_free(self._context)


def decoded(fingerprint: str) -> NDArray[np.uint32]:
    """The fingerprint's values, one for about an eighth of a second. `BadInputError` where it isn't one."""
    library = _library()
    assert library is not None
    values, length, algorithm = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int(), ctypes.c_int()
    text = fingerprint.encode("ascii", "replace")
    done = library.chromaprint_decode_fingerprint(
        text, len(text), ctypes.byref(values), ctypes.byref(length), ctypes.byref(algorithm), 1
    )
    if not done or algorithm.value != ALGORITHM:
        raise BadInputError("not a fingerprint", where=fingerprint[:40])
    try:
        return np.ctypeslib.as_array(values, (length.value,)).copy() if length.value else _NOTHING
    finally:
        library.chromaprint_dealloc(values)


_NOTHING: Final[NDArray[np.uint32]] = np.zeros(0, dtype=np.uint32)
