"""Trusted documents: texts known by their SHA-256, and a mode that takes no others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from api.endpoint.errors import RequestError
from api.endpoint.operation import Operation
from domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    texts: Mapping[str, str] = field(default_factory=dict)
    are_the_only_ones: bool = False

    def resolve(self, operation: Operation) -> Operation:
        """With its text, where the caller sent a hash. Raises `RequestError`."""
        if (asked := _hash_of(operation)) and not operation.text:
            if (text := self.texts.get(asked)) is None:
                raise RequestError(
                    400,
                    "PERSISTED_QUERY_NOT_FOUND",
                    "PersistedQueryNotFound",
                    hint="Add the document to DESKGRAPH_DOCUMENTS, or send its text",
                )
            return replace(operation, text=text)
        if self.are_the_only_ones and _sha256(operation.text) not in self.texts:
            raise RequestError(
                403,
                "FORBIDDEN",
                "This server runs trusted documents only",
                hint="Add the document to DESKGRAPH_DOCUMENTS",
            )
        return operation


def read_documents(path: Path | None, *, only_trusted: bool) -> TrustedDocuments:
    """Raises `ConfigurationError` for a manifest whose hashes are not those of its texts."""
    if path is None:
        return TrustedDocuments()
    try:
        manifest = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        manifest = None
    is_manifest = isinstance(manifest, dict) and all(
        isinstance(text, str) and name.removeprefix("sha256:") == _sha256(text)
        for name, text in manifest.items()
    )
    if not isinstance(manifest, dict) or not is_manifest:
        raise ConfigurationError(
            f"DESKGRAPH_DOCUMENTS: {path} is no manifest of documents",
            hint='It is a JSON object: {"<sha256 of the text>": "<text>"}',
        )
    texts = {name.removeprefix("sha256:"): text for name, text in manifest.items()}
    return TrustedDocuments(texts, only_trusted)


def _hash_of(operation: Operation) -> str | None:
    persisted = operation.extensions.get("persistedQuery")
    found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return found.removeprefix("sha256:") if isinstance(found, str) else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
