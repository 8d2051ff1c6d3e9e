"""Dictionary, Croissant, Frictionless and the sources' terms, against their specifications' rules."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tenuto.formats.croissant import CONFORMS_TO, write_croissant
from tenuto.formats.datapackage import write_datapackage
from tenuto.formats.dataset import DataFile, Dataset, SourceTerms, sources_page, write_sources
from tenuto.formats.dictionary import DOCUMENT, EXPORTED, described, dictionary_page, write_dictionary
from tenuto.model.ids import Sha256, SnapshotId

DIGEST = Sha256("0" * 64)
TABLES = described(EXPORTED)


def file_of(table: str, suffix: str = ".csv") -> DataFile:
    return DataFile(f"{table}{suffix}", table, "text/csv", 3, 10, DIGEST)


WHOLE = Dataset(
    SnapshotId("0123456789abcdef"),
    "csv",
    public=True,
    licence="CC-BY-SA-4.0",
    conflicts=(),
    sources=(
        SourceTerms("open", "CC-BY-SA-4.0", "The | open\nsource", "7", 3, 3, ""),
        SourceTerms("mine", "", "", "8", 2, 0, "private"),
    ),
    tables=TABLES,
    files=tuple(file_of(table.name) for table in TABLES),
)


def test_every_column_of_every_table_is_in_the_dictionary() -> None:
    written = json.loads(write_dictionary(TABLES))
    for table, found in zip(EXPORTED, written["tables"], strict=True):
        assert [(column["name"], column["type"]) for column in found["columns"]] == list(table.columns)
        assert all(column["meaning"] for column in found["columns"])
    page = dictionary_page(TABLES)
    assert all(f"## {table.name}\n" in page for table in EXPORTED)


def test_references_lead_to_columns() -> None:
    columns = {f"{table.name}.{column.name}" for table in TABLES for column in table.columns}
    told = {column.references for table in TABLES for column in table.columns if column.references}
    assert told
    assert told <= columns


def croissant(dataset: Dataset) -> dict[str, Any]:
    return dict(json.loads(write_croissant(dataset)))


def ids(node: object) -> list[str]:
    """Definitions: objects with an @id and something else."""
    if isinstance(node, list):
        return [found for part in node for found in ids(part)]
    if not isinstance(node, dict):
        return []
    own = [node["@id"]] if "@id" in node and len(node) > 1 else []
    return own + [found for key, part in node.items() if key != "@context" for found in ids(part)]


def references(node: object) -> list[str]:
    if isinstance(node, list):
        return [found for part in node for found in references(part)]
    if not isinstance(node, dict):
        return []
    own = [node["@id"]] if list(node) == ["@id"] else []
    return own + [found for key, part in node.items() if key != "@context" for found in references(part)]


@pytest.mark.parametrize("kind", ["csv", "parquet", "sqlite", "jsonl"])
def test_croissant_has_what_version_1_0_requires_and_an_export_can_know(kind: str) -> None:
    tables = (DOCUMENT,) if kind == "jsonl" else TABLES
    files = {"sqlite": (file_of("", "catalogue.sqlite"),), "jsonl": (file_of("recordings", ".jsonl.zst"),)}
    document = croissant(replace(WHOLE, format=kind, tables=tables, files=files.get(kind, WHOLE.files)))
    assert document["conformsTo"] == CONFORMS_TO
    assert document["@type"] == "sc:Dataset"
    assert {
        "@context",
        "name",
        "description",
        "license",
        "creator",
        "distribution",
        "version",
    } <= document.keys()
    defined = ids(document)
    assert len(defined) == len(set(defined)), "ids must be unique"
    assert set(references(document)) <= set(defined)
    for file in document["distribution"]:
        assert {
            "@type",
            "@id",
            "name",
            "contentUrl",
            "contentSize",
            "encodingFormat",
            "sha256",
        } <= file.keys()
    for records in document["recordSet"]:
        assert records["field"]
        for field in records["field"]:
            assert field["dataType"].startswith("sc:")
            assert ("source" in field) == (kind != "sqlite")


def test_croissant_holds_the_files_of_one_table_together() -> None:
    several = replace(
        WHOLE, tables=TABLES[:1], files=(file_of("recordings", "-0.csv"), file_of("recordings", "-1.csv"))
    )
    document = croissant(several)
    (together,) = [each for each in document["distribution"] if each["@type"] == "cr:FileSet"]
    assert len(together["containedIn"]) == 2
    assert document["recordSet"][0]["field"][0]["source"]["fileSet"] == {"@id": together["@id"]}


def test_the_data_package_keeps_the_rules_of_its_profile() -> None:
    package = json.loads(write_datapackage(WHOLE))
    names = [resource["name"] for resource in package["resources"]]
    assert len(names) == len(set(names))
    assert package["licenses"] == [{"name": "CC-BY-SA-4.0"}]
    for resource in package["resources"]:
        assert re.fullmatch(r"[-a-z0-9._]+", resource["name"])
        assert not resource["path"].startswith(("/", ".", "~"))
        assert resource["hash"] == f"sha256:{DIGEST}"
        fields = {field["name"] for field in resource["schema"]["fields"]}
        assert set(resource["schema"].get("primaryKey", [])) <= fields
        for key in resource["schema"].get("foreignKeys", []):
            assert set(key["fields"]) <= fields
            target = next(r for r in package["resources"] if r["name"] == key["reference"]["resource"])
            assert set(key["reference"]["fields"]) <= {field["name"] for field in target["schema"]["fields"]}


def test_no_key_leads_to_a_table_that_isnt_there() -> None:
    tracks = [table for table in TABLES if table.name == "tracks"]
    package = json.loads(write_datapackage(replace(WHOLE, tables=tuple(tracks), files=(file_of("tracks"),))))
    assert "foreignKeys" not in package["resources"][0]["schema"]


def test_terms_of_sources_go_along_and_foreign_text_stays_in_its_cell() -> None:
    page = sources_page(WHOLE)
    assert "The \\| open source" in page
    assert "| mine | not stated |" in page
    written = json.loads(write_sources(WHOLE))
    assert [source["left_out"] for source in written["sources"]] == ["", "private"]
    assert "datePublished" not in write_croissant(WHOLE).decode(), "no date of the build"
