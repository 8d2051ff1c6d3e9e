"""Challenges to a mirror and its signed answers (docs/formats/challenge.md). Pure: keys are arguments."""

import re
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tenuto.formats.canonical import canonical, decoded
from tenuto.model.errors import BadInputError, FixityError
from tenuto.model.health import MirrorKey

CHALLENGE_FORMAT: Final = "tenuto-challenge-1"
ANSWER_FORMAT: Final = "tenuto-answer-1"

MAX_BLOCKS: Final = 2048
"""Of a whole challenge (clause 3): an answer holds at most 32 MiB of blocks."""

LONGEST_CHALLENGE: Final = 2**20
"""Bytes: 2,048 infohashes and the rest."""

LONGEST_ANSWER: Final = 64 * 2**20
"""Bytes: the blocks in Base64, their paths and the rest."""

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Challenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one mirror is asked to prove. Times are RFC 3339 in UTC with whole seconds."""

    mirror: MirrorKey
    nonce: str
    """32 random bytes, 64 hexadecimal digits."""
    issued: str
    answer_by: str
    draws: int
    """A volume."""
    volumes: tuple[str, ...]
    """v2 infohashes, 64 hexadecimal digits each."""


class AnsweredBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: bytes
    uncles: tuple[bytes, ...]


class AnsweredVolume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    volume: str
    blocks: tuple[AnsweredBlock, ...]
    """In ascending order of their numbers."""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Volumes that the mirror doesn't hold are left out."""

    challenge: str
    """The challenge's id."""
    mirror: MirrorKey
    volumes: tuple[AnsweredVolume, ...]


class _ChallengeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    challenge: Challenge


class _AnswerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    answer: Answer
    signature: bytes


def write_challenge(challenge: Challenge) -> bytes:
    """`BadInputError` where it asks for too much."""
    _check(challenge)
    return canonical(_ChallengeFile(CHALLENGE_FORMAT, challenge))


def read_challenge(data: bytes) -> Challenge:
    """`BadInputError` where `data` isn't a challenge of this version, or asks for too much."""
    found = decoded(data, _ChallengeFile)
    if found.format != CHALLENGE_FORMAT:
        raise BadInputError(f"a challenge of format {found.format!r}", remedy="Use a newer Tenuto")
    _check(found.challenge)
    return found.challenge


def challenge_id(data: bytes) -> str:
    """SHA-256 of the challenge's bytes, 64 hexadecimal digits: the seed of its draws."""
    return sha256(data).hexdigest()


def write_answer(answer: Answer, key: Ed25519PrivateKey) -> bytes:
    return canonical(_AnswerFile(ANSWER_FORMAT, answer, key.sign(_signed(answer))))


def read_answer(data: bytes) -> Answer:
    """`BadInputError` where `data` isn't an answer; `FixityError` where its mirror didn't sign it."""
    if len(data) > LONGEST_ANSWER:
        raise BadInputError(f"it has more than {LONGEST_ANSWER} bytes", where="the answer")
    found = decoded(data, _AnswerFile)
    if found.format != ANSWER_FORMAT:
        raise BadInputError(f"an answer of format {found.format!r}", remedy="Use a newer Tenuto")
    answer = found.answer
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(mirror_key(answer.mirror))).verify(
            found.signature, _signed(answer)
        )
    except InvalidSignature as error:
        raise FixityError(
            "the mirror that it names didn't sign this answer", remedy="Ask the mirror for it again"
        ) from error
    return answer


def mirror_key(text: str) -> MirrorKey:
    """`BadInputError` where `text` can't be a public key."""
    if not _DIGEST.fullmatch(text):
        raise BadInputError(
            f"{text[:80]!r} is no mirror's key",
            remedy="`tenuto health key` at the mirror prints it: 64 digits from 0 to f",
        )
    return text


def public_id(key: Ed25519PrivateKey) -> MirrorKey:
    """What the mirror's operator tells the archive."""
    return key.public_key().public_bytes_raw().hex()


def _signed(answer: Answer) -> bytes:
    return ANSWER_FORMAT.encode() + b"\n" + canonical(answer)


def _check(challenge: Challenge) -> None:
    mirror_key(challenge.mirror)
    digests = (challenge.nonce, *challenge.volumes)
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise BadInputError("a nonce or infohash isn't 64 hexadecimal digits", where="the challenge")
    if not all(_TIME.fullmatch(time) for time in (challenge.issued, challenge.answer_by)):
        raise BadInputError("a time isn't RFC 3339 in UTC", where="the challenge")
    if len(set(challenge.volumes)) != len(challenge.volumes):
        raise BadInputError("a volume is asked for twice", where="the challenge")
    if challenge.draws < 1 or not 1 <= challenge.draws * len(challenge.volumes) <= MAX_BLOCKS:
        raise BadInputError(
            f"it draws {challenge.draws} blocks from each of {len(challenge.volumes)} volumes; "
            f"1 to {MAX_BLOCKS} blocks in all are allowed",
            where="the challenge",
            remedy="Ask for fewer at a time",
        )
