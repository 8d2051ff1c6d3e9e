"""`datapackage.json`: a Frictionless Data Package, version 2.0 (datapackage.org)."""

from typing import Any, Final

import rfc8785

from tenuto.formats.dataset import DataFile, Dataset
from tenuto.formats.dictionary import ColumnDescription, TableDescription

PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"

_TYPES: Final = {
    "BOOLEAN": "boolean",
    "DOUBLE": "number",
    "FLOAT": "number",
    "UUID": "string",
    "VARCHAR": "string",
    "JSON": "any",
}


def write_datapackage(dataset: Dataset) -> bytes:
    """Canonical JSON. A resource a table; one for the whole file where tables share it."""
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": dataset.name,
        "version": f"1.0.0+{dataset.snapshot}",
        "description": dataset.description,
        "sources": [{"title": source.name, "version": source.version} for source in dataset.told],
        "resources": _resources(dataset),
    }
    if dataset.licence:
        package["licenses"] = [{"name": dataset.licence}]
    return rfc8785.dumps(package)


def _resources(dataset: Dataset) -> list[dict[str, Any]]:
    shared = [_whole(file) for file in dataset.files if not file.table]
    return shared or [
        _table(dataset, table, files)
        for table in dataset.tables
        if (files := [file for file in dataset.files if file.table == table.name])
    ]


def _whole(file: DataFile) -> dict[str, Any]:
    return {"name": file.name.lower(), "path": file.name} | _content([file])


def _table(dataset: Dataset, table: TableDescription, files: list[DataFile]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.primary_key:
        schema["primaryKey"] = list(table.primary_key)
    names = {each.name for each in dataset.tables}
    if keys := [_foreign(column) for column in table.columns if column.references.split(".")[0] in names]:
        schema["foreignKeys"] = keys
    resource: dict[str, Any] = {
        "name": table.name,
        "path": files[0].name if len(files) == 1 else [file.name for file in files],
        "description": table.meaning,
        "schema": schema,
    }
    if dataset.format == "csv":
        resource |= {
            "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
            "encoding": "utf-8",
        }
    return resource | {"type": "table"} | _content(files)


def _content(files: list[DataFile]) -> dict[str, Any]:
    """One file's length and digest; a resource of several files can state its length only."""
    content: dict[str, Any] = {
        "format": files[0].name.partition(".")[2],
        "mediatype": files[0].media_type,
        "bytes": sum(file.bytes for file in files),
    }
    return content | ({"hash": f"sha256:{files[0].sha256}"} if len(files) == 1 else {})


def _field(column: ColumnDescription) -> dict[str, Any]:
    kind = _TYPES.get(column.type, "integer")
    field: dict[str, Any] = {"name": column.name, "type": kind, "description": column.meaning}
    return field | ({"format": "uuid"} if column.type == "UUID" else {})


def _foreign(column: ColumnDescription) -> dict[str, Any]:
    table, _, field = column.references.partition(".")
    return {"fields": [column.name], "reference": {"resource": table, "fields": [field]}}
