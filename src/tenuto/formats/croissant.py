"""`croissant.json`: Croissant 1.0 (mlcommons.org/croissant/1.0), JSON-LD over schema.org's Dataset.

The specification also requires `url` and `datePublished`: whoever publishes the data adds them, for an export
has neither address nor date.
"""

from typing import Any, Final

import rfc8785

from tenuto.formats.dataset import DataFile, Dataset
from tenuto.formats.dictionary import ColumnDescription, TableDescription

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"

_OWN_TERMS: Final = (
    *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format"),
    *(
        "includes",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
    ),
    *("regex", "repeated", "replace", "separator", "source", "subField", "transform"),
)
CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}
"""Aliases of Croissant's terms (specification, Appendix 1)."""

_TYPES: Final = {
    "BOOLEAN": "sc:Boolean",
    "DOUBLE": "sc:Float",
    "FLOAT": "sc:Float",
    "UUID": "sc:Text",
    "VARCHAR": "sc:Text",
    "JSON": "sc:Text",
}


def write_croissant(dataset: Dataset) -> bytes:
    """Canonical JSON."""
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": dataset.name,
        "description": dataset.description,
        "license": _licences(dataset),
        "creator": [
            {"@type": "sc:Organization", "name": source.attribution or source.name} for source in dataset.told
        ],
        "version": f"1.0.0+{dataset.snapshot}",
        "distribution": [*map(_file, dataset.files), *_file_sets(dataset)],
        "recordSet": [_record_set(dataset, table) for table in dataset.tables if _files(dataset, table)],
    }
    return rfc8785.dumps(document)


def _licences(dataset: Dataset) -> list[str]:
    """Of the whole, or of its parts where the whole has none."""
    if dataset.licence:
        return [dataset.licence]
    return sorted({source.licence or "unknown" for source in dataset.told})


def _file(file: DataFile) -> dict[str, str]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _files(dataset: Dataset, table: TableDescription) -> list[DataFile]:
    return [file for file in dataset.files if file.table in {table.name, ""}]


def _file_sets(dataset: Dataset) -> list[dict[str, Any]]:
    """A table in several files is a set of them."""
    return [
        {
            "@type": "cr:FileSet",
            "@id": f"{table.name}-files",
            "name": f"{table.name}-files",
            "containedIn": [{"@id": file.name} for file in files],
            "encodingFormat": files[0].media_type,
            "includes": f"{table.name}-*",
        }
        for table in dataset.tables
        if len(files := _files(dataset, table)) > 1
    ]


def _record_set(dataset: Dataset, table: TableDescription) -> dict[str, Any]:
    files = _files(dataset, table)
    place = {"fileSet": f"{table.name}-files"} if len(files) > 1 else {"fileObject": files[0].name}
    ((kind, name),) = place.items()
    described: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.meaning,
        "field": [_field(dataset, table, column, kind, name) for column in table.columns],
    }
    if table.primary_key:
        described["key"] = [{"@id": f"{table.name}/{column}"} for column in table.primary_key]
    return described


def _field(
    dataset: Dataset, table: TableDescription, column: ColumnDescription, kind: str, name: str
) -> dict[str, Any]:
    extract = {"jsonPath": f"$.{column.name}"} if dataset.format == "jsonl" else {"column": column.name}
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.meaning + (f" Unit: {column.unit}." if column.unit else ""),
        "dataType": _TYPES.get(column.type, "sc:Integer"),
    }
    if dataset.format != "sqlite":
        # Croissant 1.0 has no way to name a table inside a file.
        field["source"] = {kind: {"@id": name}, "extract": extract}
    if column.references and column.references.split(".")[0] in {each.name for each in dataset.tables}:
        field["references"] = {"field": {"@id": column.references.replace(".", "/")}}
    return field
