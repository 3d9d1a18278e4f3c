"""Croissant metadata of a dataset folder (MLCommons Croissant 1.0); the tests check it with mlcroissant.

The metadata describe the files. They grant no right to distribute them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmark.core.files import sha256_file, write_json
from benchmark.data.dataset import SPLITS, DatasetCard

FILE = "croissant.json"
KINDS = {"color": "the face in colour, RGB, 256 x 256 px", "line": "its line drawing, grey, 0 ink and 255 paper"}
_TYPES = {pa.string(): "sc:Text", pa.int64(): "sc:Integer", pa.float64(): "sc:Float", pa.bool_(): "sc:Boolean"}
_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
    "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


def write_croissant(out: Path, card: DatasetCard, manifest: pa.Schema, citation: str) -> None:
    """Write croissant.json for the dataset in `out`, after its manifest and pictures."""
    value: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": card.name,
        "description": f"Anime faces of 256 x 256 px with line drawings, from {card.source}. "
        f"Fingerprint {card.fingerprint}.",
        "license": card.licence,
        "url": f"urn:sha256:{card.fingerprint}",
        "version": f"{card.format}.0.0",
        "citeAs": citation,
        "distribution": [_table(out, "manifest.parquet"), *_pictures()],
        "recordSet": [_samples(manifest), *(_picture_records(kind, text) for kind, text in KINDS.items())],
    }
    write_json(out / FILE, value)


def _table(out: Path, name: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_file(out / name),
    }


def _pictures() -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileSet",
            "@id": f"{kind}-pictures",
            "name": f"{kind}-pictures",
            "description": text,
            "encodingFormat": "image/png",
            "includes": [f"{split}/{kind}/*.png" for split in SPLITS],
        }
        for kind, text in KINDS.items()
    ]


def _samples(manifest: pa.Schema) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "where each sample comes from and how it was made, a row each",
        "key": {"@id": "samples/id"},
        "field": [
            _field(
                "samples", column.name, _type(column.type), {"column": column.name}, "manifest.parquet", "fileObject"
            )
            for column in manifest
        ],
    }


def _picture_records(kind: str, text: str) -> dict[str, Any]:
    name, files = f"{kind}-records", f"{kind}-pictures"
    identity = _field(name, "id", {"dataType": "sc:Text"}, {"fileProperty": "filename"}, files, "fileSet")
    identity["source"]["transform"] = {"regex": "^([0-9a-f]+)"}
    identity["references"] = {"field": {"@id": "samples/id"}}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": text,
        "field": [
            identity,
            _field(name, "image", {"dataType": "sc:ImageObject"}, {"fileProperty": "content"}, files, "fileSet"),
        ],
    }


def _type(column: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(column):
        return {"dataType": _TYPES[column.value_type], "repeated": True}
    return {"dataType": _TYPES[column]}


def _field(
    record: str, name: str, kind: Mapping[str, Any], extract: Mapping[str, str], files: str, of: str
) -> dict[str, Any]:
    source = {of: {"@id": files}, "extract": dict(extract)}
    return {"@type": "cr:Field", "@id": f"{record}/{name}", "name": f"{record}/{name}", **kind, "source": source}
