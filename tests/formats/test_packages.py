"""BagIt and OCFL texts, against the specifications and ocfl-py (docs/formats/packages.md)."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocfl.layout_0003_hash_and_id_n_tuple import (  # type: ignore[import-untyped]  # has no types
    Layout_0003_Hash_And_Id_N_Tuple,
)

from tenuto.formats.bagit import (
    DECLARATION,
    BadLine,
    Listed,
    read_declaration,
    read_manifest,
    write_manifest_line,
)
from tenuto.formats.ocfl import first_inventory, object_path, read_inventory
from tenuto.model.errors import BadInputError

DIGEST = "ab" * 32
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(
    lambda name: name == name.strip() and not name.startswith(("*", "./"))
)


@given(NAMES)
def test_any_path_survives_a_manifest(name: str) -> None:
    """RFC 8493, 2.1.3: CR, LF and the percent sign are encoded."""
    line = write_manifest_line(f"data/{name}", DIGEST)
    assert line.count(b"\n") == 1
    assert list(read_manifest(BytesIO(line), "utf-8")) == [Listed(f"data/{name}", DIGEST)]


@given(st.binary(max_size=200))
def test_a_manifest_of_anything_is_read_to_its_end(data: bytes) -> None:
    for line in read_manifest(BytesIO(data), "utf-8"):
        assert isinstance(line, Listed | BadLine)


@pytest.mark.parametrize("data", [b"", b"BagIt-Version: 1.1\n", DECLARATION.replace(b"UTF-8", b"klingon")])
def test_a_declaration_of_something_else_is_refused(data: bytes) -> None:
    assert read_declaration(DECLARATION) == "UTF-8"
    with pytest.raises(BadInputError):
        read_declaration(data)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=150))
def test_objects_stand_where_ocfl_py_looks_for_them(object_id: str) -> None:
    """Clause 5: layout extension 0003 with its default settings."""
    assert object_path(object_id) == Layout_0003_Hash_And_Id_N_Tuple().identifier_to_path(object_id)


def test_an_inventory_whose_state_isnt_in_its_manifest_is_refused() -> None:
    words = {"created": "2026-01-02T00:00:00Z", "message": "m", "by": "t"}
    sound = first_inventory("urn:uuid:1", {"a.flac": DIGEST, "b.flac": DIGEST}, **words)
    found = read_inventory(sound)
    assert found.manifest == {DIGEST: ["v1/content/a.flac", "v1/content/b.flac"]}
    for data in (
        b"{",
        sound.replace(b"a.flac", b"\xff.flac"),
        sound.replace(b'"head":"v1"', b'"head":"v2"'),
        sound.replace(b'"ababab', b'"cdabab', 1),
    ):
        with pytest.raises(BadInputError):
            read_inventory(data)
