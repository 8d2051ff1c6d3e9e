"""Dump files of any size, read in bounded memory: decompressed, taken out of archives, cut into lines.

    with open_dump(path, reporter) as archive:
        for name, member in members(archive, {"mbdump/recording"}):
            for number, line in lines(member):
                ...

Every reader gives all that is sound before it raises `BadInputError` where the dump is cut or damaged.
"""

from tenuto.sources.dumps.lines import LINE_LIMIT, Overlong, lines, printable, strict_text, whole
from tenuto.sources.dumps.tar import Member, members
from tenuto.sources.dumps.unpack import CHUNK, Stream, Unpacked, open_dump

__all__ = [
    "CHUNK",
    "LINE_LIMIT",
    "Member",
    "Overlong",
    "Stream",
    "Unpacked",
    "lines",
    "members",
    "open_dump",
    "printable",
    "strict_text",
    "whole",
]
