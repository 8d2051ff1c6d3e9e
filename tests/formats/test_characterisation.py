"""characterisation.md: what goes out comes back, and what is wrong is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.characterisation import decode, encode
from tenuto.model.audio import Characterisation, Fault, Integrity, Loudness, Signal
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256

numbers = st.none() | st.integers(-9000, 900).map(lambda value: value / 100)
faults = st.builds(
    Fault,
    st.text(),
    st.sampled_from([Integrity.DAMAGED, Integrity.UNPLAYABLE]),
    st.none() | st.integers(0, 10**8).map(lambda value: value / 1000),
    st.none() | st.integers(0, 2**50),
)
counts = st.integers(0, 2**40)
signals = st.builds(
    Signal,
    *(counts, counts, counts),
    st.lists(st.integers(-(10**5), 10**5).map(lambda value: value / 1e5), max_size=8).map(tuple),
    st.none() | st.integers(-1000, 1000).map(lambda value: value / 1000),
    st.none() | counts,
)
characterisations = st.builds(
    Characterisation,
    container=st.sampled_from(["ogg", "flac", ""]),
    codec=st.text(max_size=12),
    sample_rate_hz=st.integers(0, 192_000),
    channels=st.integers(0, 8),
    duration_ms=st.integers(0, 2**40),
    bit_rate=st.integers(0, 10**8),
    integrity=st.sampled_from(Integrity),
    faults=st.lists(faults, max_size=20).map(tuple),
    loudness=st.builds(Loudness, numbers, numbers, numbers),
    essence=st.binary(min_size=32, max_size=32).map(lambda digest: Sha256(digest.hex())),
    pcm_md5=st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex),
    signal=st.none() | signals,
    fingerprint=st.none() | st.text("AQADtF_-0", min_size=1),
    peaks=st.binary(max_size=800),
    spectrogram=st.binary(max_size=400),
)


@given(characterisations)
def test_what_is_encoded_comes_back(value: Characterisation) -> None:
    """characterisation.md, clause 1."""
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


EXAMPLE: dict[str, Any] = json.loads(
    encode(
        Characterisation(
            container="ogg",
            codec="vorbis",
            sample_rate_hz=44100,
            channels=2,
            duration_ms=1000,
            bit_rate=96000,
            integrity=Integrity.SOUND,
            faults=(),
            loudness=Loudness(-14.0, 3.2, None),
            essence=Sha256("0" * 64),
            pcm_md5=None,
            fingerprint=None,
            signal=Signal(0, 12, 3, (0.0, -0.00012), 0.871, None),
            peaks=b"\x00\xff",
            spectrogram=b"\x89PNG",
        )
    )
)


FAULT = {"what": "cut off", "severity": "damaged", "second": 1.5, "byte": 4096}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"version": 1}, r"\$\.version"),
        ({"surprise": 1}, "surprise"),
        ({"faults": [FAULT] * 21}, r"\$\.faults"),
        ({"faults": ["cut off"]}, r"\$\.faults\[0\]"),
        ({"faults": [FAULT | {"severity": "sound"}]}, r"\$\.faults\[0\]\.severity"),
        ({"fingerprint": "AQ+/"}, r"\$\.fingerprint"),
        ({"pcm_md5": "0" * 31}, r"\$\.pcm_md5"),
        ({"peaks": "AAAA" * 268}, r"\$\.peaks"),
        ({"peaks": "*"}, "not a characterisation"),
        ({"channels": "2"}, r"\$\.channels"),
        ({"integrity": "fine"}, r"\$\.integrity"),
        ({"essence": "0" * 63}, r"\$\.essence"),
        ({"bit_rate": -1}, r"\$\.bit_rate"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], place: str) -> None:
    """characterisation.md, clause 2."""
    with pytest.raises(BadInputError, match=place):
        decode(json.dumps(EXAMPLE | change).encode())


def test_no_json_is_refused() -> None:
    """characterisation.md, clause 2."""
    with pytest.raises(BadInputError):
        decode(b"\xff{")
