"""Licence names in prose: one plain name, or the prose itself."""

import pytest

from tenuto.sources.prose import licence_statement

GPL = (
    "GNU General Public License as published by the FSF; either version 2 of it, "
    "or (at your option) any later version"
)


@pytest.mark.parametrize(
    ("prose", "statement"),
    [
        ("under the Creative Commons Attribution-ShareAlike 3.0 Unported License", "CC-BY-SA-3.0"),
        ("Creative Commons\n Attribution ShareAlike License, version 4.0.", "CC-BY-SA-4.0"),
        ('CC BY-SA 3.0: CREATIVE COMMONS PROVIDES THIS INFORMATION ON AN "AS-IS" BASIS', "CC-BY-SA-3.0"),
        ("licensed CC BY-NC-SA 2.5", "CC-BY-NC-SA-2.5"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", "CC-BY-NC-ND-3.0"),
        ("see http://creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        (GPL, "GPL-2.0-or-later"),
        ("the GNU Lesser General Public License version 2.1 only", "LGPL-2.1-only"),
        ("CC-BY-SA-3.0 or CC-BY-4.0", "CC-BY-SA-3.0 or CC-BY-4.0"),
        ("import/SDL: GNU Library General Public License, version 2 or any later version. The rest: BSD",)
        * 2,
        ("CC BY-SA 3.0\n\nThe Debian packaging is licensed under the GPL version 3", "CC-BY-SA-3.0"),
        ("Copyright 2003.\n\n  All rights   reserved.", "Copyright 2003. All rights reserved."),
        ("x" * 500, "x" * 200),
    ],
)  # fmt: skip
def test_statements(prose: str, statement: str) -> None:
    assert licence_statement(prose) == statement
