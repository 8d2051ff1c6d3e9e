"""One vocabulary for every tag format: Vorbis comment names, in lower case.

Sources: Vorbis comment field names; ID3v2.4 frames (id3.org); iTunes atoms; APEv2 keys; MusicBrainz
Picard's tag mapping.
"""

from typing import Final

SYNONYMS: Final = {
    "album artist": "albumartist",
    "album_artist": "albumartist",
    "disc": "discnumber",
    "disk": "discnumber",
    "licence": "license",
    "musicbrainz_recordingid": "musicbrainz_trackid",
    "organization": "label",
    "publisher": "label",
    "track": "tracknumber",
    "year": "date",
}
"""Vorbis and APEv2 names that mean the same."""

ID3_FRAMES: Final = {
    "TALB": "album",
    "TCON": "genre",
    "TCOP": "copyright",
    "TDRC": "date",
    "TIT2": "title",
    "TPE1": "artist",
    "TPE2": "albumartist",
    "TPOS": "discnumber",
    "TPUB": "label",
    "TRCK": "tracknumber",
    "TSRC": "isrc",
    "TYER": "date",
    "UFID:http://musicbrainz.org": "musicbrainz_trackid",
    "WCOP": "license",
    "TXXX:LICENSE": "license",
}

MP4_ATOMS: Final = {
    "\u00a9alb": "album",
    "\u00a9ART": "artist",
    "\u00a9day": "date",
    "\u00a9gen": "genre",
    "\u00a9nam": "title",
    "aART": "albumartist",
    "cprt": "copyright",
    "disk": "discnumber",
    "trkn": "tracknumber",
    "----:com.apple.iTunes:ISRC": "isrc",
    "----:com.apple.iTunes:LABEL": "label",
    "----:com.apple.iTunes:LICENSE": "license",
    "----:com.apple.iTunes:MusicBrainz Track Id": "musicbrainz_trackid",
}

PICTURES: Final = ("metadata_block_picture", "coverart", "apic", "pic", "covr", "cover art (front)")
"""Names (or their beginnings) that hold pictures: counted, never copied."""
