"""Proposes links: fold, block, compare, choose. Everything runs in DuckDB; see docs/matching.md."""

from importlib.resources import files
from string import Template
from typing import Final

from tenuto.catalogue.match.model import DEFAULT, MatchModel
from tenuto.catalogue.session import Session

RULES: Final = (
    ("artist and title", "match_closed(first), match_closed(base)", "first <> ''"),
    ("title", "match_closed(whole)", "true"),
    ("artist and beginning of title", "match_closed(first), left(match_closed(base), 4)", "first <> ''"),
    ("artist and end of title", "match_closed(first), right(match_closed(base), 5)", "first <> ''"),
)
"""Blocking: nodes that agree in one of these are compared. (name, columns, condition)."""

_TRAILING: Final = (
    "live|remix|rmx|mix|acoustic|unplugged|instrumental|karaoke|edit|extended|demo|dub|acapella|reprise|"
    "medley"
)
_VERSIONS: Final = (
    f"{_TRAILING}|session|sessions|concert|rework|reworked|remixed|bootleg|mashup|vip|refix|flip|akustik|"
    "acustico|instr|edited|radio|single|short|maxi|long|mono|alternate|alternative|alt|take|outtake|rehearsal|"
    "early|cappella|acappella|cover|tribute|orchestral|symphonic|orchestra|piano|strings|clean|slowed|"
    "nightcore|chopped|commentary|interview"
)
"""Words that tell one recording of a song from another: in brackets, or (`_TRAILING`) at a title's end."""
_SAME: Final = (
    r"(?:(?:digital(?:ly)? )?(?:(?:19|20)\d\d )?(?:digital(?:ly)? )?re-?master(?:ed)?(?: in)?"
    r"(?: version| edition)?(?: (?:19|20)\d\d)?|(?:original|album|lp|full|official|studio)(?: studio)?"
    r"(?: (?:version|mix|recording|audio|video|music video|lyric video))?|(?:bonus|hidden)(?: track)?|"
    r"explicit(?: version)?|hd|hq|stereo(?: version| mix)?)"
)
"""What brackets say of the same recording."""

_WIDE: Final = "".join(map(chr, range(0xFF01, 0xFF5F)))
_NARROW: Final = "".join(map(chr, range(0x21, 0x7F))).replace("'", "''")
"""Full-width forms (Unicode block Halfwidth and Fullwidth Forms) and what they stand for."""


class _Script(Template):
    delimiter = "@"


def propose(session: Session, keys: str, known: str, into: str, *, model: MatchModel = DEFAULT) -> None:
    """Creates the table `into` (node, other, confidence, evidence): pairs that may be one recording.

    `keys`: node BIGINT (unique), source INTEGER, distinct_keys BOOLEAN, title, artist, release VARCHAR,
    year INTEGER, duration_ms BIGINT, track_number INTEGER; the last three may be null. `known` (node,
    other): pairs that are one recording already. Creates `<into>_left` too: what blocking left out, by rule.
    A node gets at most one partner in a source with distinct keys. The same input gives the same rows for
    any number of threads. `node` is less than `other`; names beginning with `match_` are taken meanwhile.
    """
    candidates(session, keys, known, model)
    _run(session, "choose", review=str(model.review))
    _unchain(session, model)
    _run(session, "links", into=into, evidence=_evidence(model))
    _clear(session)


def candidates(session: Session, keys: str, known: str, model: MatchModel) -> None:
    """Creates `match_scored`: the pairs that blocking brings together, with their levels and scores.

    A pair stands there once for each block that both nodes are in.
    """
    fold(session, keys, known)
    slices = -(-session.count("match_folded") // model.slice_rows)
    sizes = {"most_pairs": str(model.most_pairs), "slot_ms": str(model.slot_ms), "slices": str(slices)}
    for rule, columns, present in RULES:
        for number in range(slices):
            _run(session, "blocks", rule=rule, key=columns, present=present, slice=str(number), **sizes)
            _run(session, "compare", score=_score(model), least_score=str(model.least_score))


def fold(session: Session, keys: str, known: str) -> None:
    """Creates `match_folded`: titles, artists and releases as they are compared, and known components."""
    session.query(f"CREATE OR REPLACE VIEW match_keys AS FROM {keys}")
    _components(session, f"SELECT node AS one, other AS two FROM {known}")  # noqa: S608 -- the caller's names
    _run(session, "fold", versions=_VERSIONS, trailing=_TRAILING, same=_SAME, wide=_WIDE, narrow=_NARROW)


def _components(session: Session, ties: str) -> None:
    """`match_components` (vertex, label): what `ties` (one, two) connects has one label."""
    session.query(f"CREATE OR REPLACE TABLE match_ties AS {ties}")
    session.query(
        "CREATE OR REPLACE TABLE match_components AS SELECT DISTINCT vertex, vertex AS label "
        "FROM (SELECT one AS vertex FROM match_ties UNION ALL SELECT two FROM match_ties)"
    )
    moved = 1
    while moved:
        _run(session, "spread")
        ((moved,),) = session.query("SELECT vertices FROM match_moved")


def _unchain(session: Session, model: MatchModel) -> None:
    session.query(
        "CREATE OR REPLACE TABLE match_chained AS SELECT label, other_label, score FROM match_links "  # noqa: S608 -- a number
        f"WHERE confidence >= {model.merge}"
    )
    while session.count("match_chained"):
        _components(session, "SELECT label AS one, other_label AS two FROM match_chained")
        _run(session, "chains")


def _score(model: MatchModel) -> str:
    return " + ".join(
        [str(model.prior), *(f"{comparison.weights}[{comparison.name}]" for comparison in model.comparisons)]
    )


def _evidence(model: MatchModel) -> str:
    """Canonical JSON (RFC 8785): names in order of code points, whole numbers only."""
    parts = {
        comparison.name: f"""'["' || {comparison.names}[{comparison.name}] || '",' """
        f"""|| {comparison.weights}[{comparison.name}] || ']'"""
        for comparison in model.comparisons
    }
    parts |= {"prior": f"'{model.prior}'", "rivals": "rivals // 1048576", "score": "score"}
    members = " || ',' || ".join(f"""'"{name}":' || {parts[name]}""" for name in sorted(parts))
    return f"'{{' || {members} || '}}'"


def _run(session: Session, name: str, **words: str) -> None:
    """Runs `sql/<name>.sql`, with `@word` replaced by the text in `words`."""
    text = files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    session.query(_Script(text).substitute(words))


def _clear(session: Session) -> None:
    names = (
        "SELECT table_name, table_type FROM information_schema.tables WHERE starts_with(table_name, 'match_')"
    )
    for name, kind in session.query(names):
        session.query(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")
