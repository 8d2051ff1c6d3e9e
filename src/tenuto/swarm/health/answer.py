"""A mirror answers a challenge: blocks of its volumes with their Merkle paths, signed with its own key."""

from pathlib import Path

from tenuto.formats.blocks import VolumeBlocks, draw, is_sound, leaf_hashes, uncles
from tenuto.formats.challenge import (
    Answer,
    AnsweredBlock,
    AnsweredVolume,
    Challenge,
    challenge_id,
    public_id,
    read_challenge,
    write_answer,
)
from tenuto.formats.torrent_view import parse_torrent
from tenuto.keyfile import read_private_key
from tenuto.model.errors import FixityError, TenutoError, UsageError
from tenuto.model.objects import BLOCK_LENGTH
from tenuto.model.ports import Reporter
from tenuto.swarm.mirror.layout import MirrorFolder


def answer_challenge(data: bytes, folder: MirrorFolder, reporter: Reporter) -> bytes:
    """The answer to the challenge in `data`, for the volumes that are here and sound.

    A volume with a missing or damaged piece is a fault and left out: a mirror never sends bytes that it
    hasn't checked. `UsageError` where another mirror is asked; `BadInputError` for what is no challenge.
    """
    folder.url()
    challenge, key = read_challenge(data), read_private_key(folder.key)
    if challenge.mirror != public_id(key):
        raise UsageError(
            f"it asks the mirror {challenge.mirror}",
            where="the challenge",
            remedy=f"This mirror is {public_id(key)}: `tenuto health mirror add` takes that id",
        )
    edition, summary = folder.current()
    asked = set(challenge.volumes)
    reporter.phase("answer", items=len(asked))
    answered = {}
    for volume in summary.volumes:
        if volume.infohash_v2 in asked and (folder.volumes / volume.name).is_dir():
            torrent = (edition / "volumes" / f"{volume.name}.torrent").read_bytes()
            try:
                answered[volume.infohash_v2] = _volume(
                    torrent, folder.volumes / volume.name, challenge_id(data), challenge
                )
            except (TenutoError, OSError) as error:
                reporter.fault(volume.name, str(error))
            reporter.advance()
    volumes = tuple(answered[each] for each in challenge.volumes if each in answered)
    return write_answer(Answer(challenge_id(data), challenge.mirror, volumes), key)


def _volume(torrent: bytes, folder: Path, challenge: str, asked: Challenge) -> AnsweredVolume:
    blocks = VolumeBlocks(parse_torrent(torrent))
    numbers = draw(challenge, blocks.infohash, len(blocks), asked.draws)
    return AnsweredVolume(blocks.infohash, tuple(_block(blocks, number, folder) for number in numbers))


def _block(blocks: VolumeBlocks, number: int, folder: Path) -> AnsweredBlock:
    piece, at = blocks.find(number)
    with (folder / piece.file.path).open("rb") as file:
        file.seek(piece.offset)
        data = file.read(piece.length)
    if len(data) != piece.length or not is_sound(piece, data):
        raise FixityError(
            f"the piece at byte {piece.offset} isn't what was published",
            where=piece.file.path,
            remedy="`tenuto verify` lists the damage; delete the volume's folder, and mirror it again",
        )
    path = uncles(leaf_hashes(data, piece.leaves), at)
    return AnsweredBlock(data[at * BLOCK_LENGTH :][:BLOCK_LENGTH], path)
