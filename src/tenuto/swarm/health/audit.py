"""Whether an answer proves what it claims: from the edition's torrents alone, without the audio. Pure."""

from collections.abc import Callable

from tenuto.formats.blocks import VolumeBlocks, draw, proves
from tenuto.formats.challenge import AnsweredVolume, Challenge, challenge_id, read_answer, read_challenge
from tenuto.formats.torrent_view import parse_torrent
from tenuto.model.errors import BadInputError
from tenuto.model.health import Outcome

Torrents = Callable[[str], bytes | None]
"""The `.torrent` of the volume with this v2 infohash; None where it is no longer published."""


def judge(challenge: bytes, answer: bytes, *, received: str, torrents: Torrents) -> dict[str, Outcome]:
    """What the answer comes to, by v2 infohash, for every volume that was asked for and is published.

    `received`: the auditor's own time, RFC 3339 in UTC. `BadInputError` where the answer belongs to another
    challenge, comes late or answers what wasn't asked; `FixityError` where its mirror didn't sign it.
    """
    asked, found = read_challenge(challenge), read_answer(answer)
    if found.challenge != challenge_id(challenge) or found.mirror != asked.mirror:
        raise BadInputError("it answers another challenge, or for another mirror", where="the answer")
    if not asked.issued <= received <= asked.answer_by:
        raise BadInputError(
            f"it came at {received}, and had to come by {asked.answer_by}",
            where="the answer",
            remedy="Make a new challenge",
        )
    answered = {volume.volume: volume for volume in found.volumes}
    if len(answered) != len(found.volumes) or answered.keys() - set(asked.volumes):
        raise BadInputError("it answers what wasn't asked", where="the answer")
    outcomes = {}
    for infohash in asked.volumes:
        torrent = torrents(infohash)
        if torrent is not None:
            outcomes[infohash] = _outcome(asked, found.challenge, answered.get(infohash), torrent)
    return outcomes


def chance(missing: float, draws: int) -> float:
    """The probability that a mirror that lacks this share of a volume's blocks passes: (1 - f)^k."""
    return float((1 - missing) ** draws)


def _outcome(asked: Challenge, challenge: str, volume: AnsweredVolume | None, torrent: bytes) -> Outcome:
    if volume is None:
        return Outcome.ABSENT
    blocks = VolumeBlocks(parse_torrent(torrent))
    numbers = draw(challenge, blocks.infohash, len(blocks), asked.draws)
    if len(numbers) != len(volume.blocks):
        return Outcome.FAILED
    for number, block in zip(numbers, volume.blocks, strict=True):
        if not proves(*blocks.find(number), block.data, block.uncles):
            return Outcome.FAILED
    return Outcome.PROVED
