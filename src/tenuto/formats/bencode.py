"""Bencoding (BEP 3), canonical both ways: what decodes has exactly one encoding, and it was that one.

So the digest of a dictionary may be taken over `encode(decode(data)[b"info"])`: it is what stood there.
"""

from typing import Final, TypeAlias

from tenuto.model.errors import BadInputError

Bencoded: TypeAlias = "int | bytes | list[Bencoded] | dict[bytes, Bencoded]"

MAX_BYTES: Final = 10_000_000
"""The largest document that `decode` takes by default; libtorrent's loader stops there too."""

MAX_DEPTH: Final = 64
"""Levels of lists and dictionaries; deeper trees are an attack on the decoder's stack."""

_MAX_DIGITS: Final = 20
"""A signed 64-bit integer has at most 19 digits and a sign."""

_TERMINATOR: Final = ord("e")


class Encoded(bytes):
    """A value that is encoded already, for `encode` to put in its place as it is."""

    __slots__ = ()


def encode(value: Bencoded) -> bytes:
    """The one encoding of `value`; dictionary keys are sorted as bytes."""
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: Bencoded, parts: list[bytes]) -> None:
    match value:
        case Encoded():
            parts.append(value)
        case bytes():
            parts.append(b"%d:%b" % (len(value), value))
        case int():
            parts.append(b"i%de" % value)
        case list():
            parts.append(b"l")
            for item in value:
                _encode(item, parts)
            parts.append(b"e")
        case dict():
            parts.append(b"d")
            for key in sorted(value):
                parts.append(b"%d:%b" % (len(key), key))
                _encode(value[key], parts)
            parts.append(b"e")


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> Bencoded:
    """The value of `data`. `BadInputError` unless `data` is canonical, whole and within the limits."""
    if len(data) > max_bytes:
        raise BadInputError(
            f"{len(data)} bytes of bencoding, more than {max_bytes}", remedy="Refuse it, or raise the limit"
        )
    value, end = _decode(data, 0, 0)
    if end != len(data):
        raise _fault("data after the end", end)
    return value


def _decode(data: bytes, at: int, depth: int) -> tuple[Bencoded, int]:
    if depth > MAX_DEPTH:
        raise _fault(f"nested deeper than {MAX_DEPTH}", at)
    lead = data[at : at + 1]
    if lead.isdigit():
        return _decode_bytes(data, at)
    if lead == b"i":
        return _decode_integer(data, at + 1, _TERMINATOR)
    if lead == b"l":
        return _decode_list(data, at + 1, depth)
    if lead == b"d":
        return _decode_dictionary(data, at + 1, depth)
    raise _fault("no value", at)


def _decode_integer(data: bytes, at: int, terminator: int) -> tuple[int, int]:
    end = data.find(terminator, at, at + _MAX_DIGITS + 1)
    digits = data[at:end]
    if end < 0 or not digits.removeprefix(b"-").isdigit():
        raise _fault("a malformed integer", at)
    value = int(digits)
    if b"%d" % value != digits:
        raise _fault("an integer with needless zeros", at)
    return value, end + 1


def _decode_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, start = _decode_integer(data, at, ord(":"))
    end = start + length
    if end > len(data):
        raise _fault("a string that ends after the data", at)
    return data[start:end], end


def _decode_list(data: bytes, at: int, depth: int) -> tuple[Bencoded, int]:
    items: list[Bencoded] = []
    while data[at : at + 1] != b"e":
        item, at = _decode(data, at, depth + 1)
        items.append(item)
    return items, at + 1


def _decode_dictionary(data: bytes, at: int, depth: int) -> tuple[Bencoded, int]:
    items: dict[bytes, Bencoded] = {}
    last: bytes | None = None
    while data[at : at + 1] != b"e":
        if not data[at : at + 1].isdigit():
            raise _fault("a dictionary key that is no string", at)
        key, after = _decode_bytes(data, at)
        if last is not None and key <= last:
            raise _fault("dictionary keys that repeat or are out of order", at)
        items[key], at = _decode(data, after, depth + 1)
        last = key
    return items, at + 1


def _fault(what: str, at: int) -> BadInputError:
    return BadInputError(
        f"not canonical bencoding: {what}, at byte {at}", remedy="Get the file again from its publisher"
    )
