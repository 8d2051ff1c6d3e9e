"""Prometheus' text format: what its page says of lines, kinds and escaping."""

from tenuto.formats.exposition import Family, exposition


def test_each_family_has_help_kind_and_samples() -> None:
    """HELP, TYPE, a line a sample; "the last line must end with a line feed character"."""
    text = exposition(
        [
            Family("given_total", "counter", "Bytes given.", [({}, 12)]),
            Family(
                "torrents", "gauge", "By state.", [({"state": "a", "kind": "b"}, 1), ({"state": "c"}, 0.5)]
            ),
        ]
    )
    assert text == (
        "# HELP given_total Bytes given.\n# TYPE given_total counter\ngiven_total 12\n"
        "# HELP torrents By state.\n# TYPE torrents gauge\n"
        'torrents{state="a",kind="b"} 1\ntorrents{state="c"} 0.5\n'
    )


def test_label_values_and_help_are_escaped() -> None:
    """In values backslash, double quote and line feed; in help no double quote."""
    text = exposition([Family("x", "gauge", 'a\\b\n"c"', [({"name": 'a\\b\n"c"'}, 1)])])
    assert text == '# HELP x a\\\\b\\n"c"\n# TYPE x gauge\nx{name="a\\\\b\\n\\"c\\""} 1\n'
