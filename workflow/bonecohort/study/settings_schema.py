"""The JSON schema of config.yaml, made from the settings themselves.

It is for editors and for Snakemake's workflow catalogue. What a run allows is decided by
:mod:`bonecohort.study.config`, which compares keys with each other too.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from bonecohort.study.analyses import Analysis
from bonecohort.study.settings import Settings, default_sections

if TYPE_CHECKING:
    from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OF_TECHNIQUES = "sections"
"""Field of the settings that is no key of config.yaml."""
NOTHING = {"type": "null"}
"""What YAML reads of a section whose every line is a comment."""


class _Schema(GenerateJsonSchema):
    """Pydantic's schema, with the settings' own documentation and what YAML makes of them."""

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Return the schema of a text, which may look like a number: ``levels: [0, 1]``."""
        return super().str_schema(schema) | {"type": ["string", "number"]}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Leave out titles, which only repeat the keys."""
        return False

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """Return the schema of a section, each key with its documentation."""
        result = super().dataclass_schema(schema)
        result.pop("title", None)
        for field in dataclasses.fields(schema["cls"]):
            key = result["properties"][field.name]
            if "$ref" in key or "additionalProperties" in key:
                key = {"anyOf": [_with_empty_entries(key), NOTHING]}
            result["properties"][field.name] = key | {"description": field.metadata["doc"]}
        if schema["cls"] is Analysis:
            result |= {"minProperties": 1, "maxProperties": 1}
        return result


def _with_empty_entries(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow entries of a map without a value: they have the defaults."""
    if "additionalProperties" not in schema:
        return schema
    return schema | {"additionalProperties": {"anyOf": [schema["additionalProperties"], NOTHING]}}


def schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n"


def settings_schema() -> dict[str, Any]:
    """Return the schema of a whole config.yaml."""
    schema = TypeAdapter(Settings).json_schema(schema_generator=_Schema)
    del schema["properties"][OF_TECHNIQUES], schema["$defs"]["Strict"]
    for key, parts in default_sections().items():
        own = [TypeAdapter(type(strict)).json_schema(schema_generator=_Schema) for strict in parts]
        for part in own:
            schema["$defs"] |= part.pop("$defs", {})
        name = type(parts[0]).__name__
        keys = {own_key: one for part in own for own_key, one in part["properties"].items()}
        schema["$defs"][name] = own[0] | {"properties": keys}
        schema["properties"][key] = {"anyOf": [{"$ref": f"#/$defs/{name}"}, NOTHING]}
    return {"$schema": DIALECT, **schema, "title": "config.yaml of a bonecohort study"}
