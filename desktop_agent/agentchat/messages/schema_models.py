"""A pydantic model from a JSON schema: `model_of_schema`."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

_SIMPLE: Final[Mapping[str, Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "null": None,
}
# JSON schema's names of constraints, and pydantic's.
_CONSTRAINTS: Final[Mapping[str, str]] = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "pattern": "pattern",
}


def model_of_schema(schema: Mapping[str, Any], name: str | None = None) -> type[BaseModel]:
    """A class whose values fit `schema`.

    Understood are objects, arrays, the simple types, enumerations, `const`, `anyOf`, `oneOf`, `allOf` of one,
    references within the schema, defaults, and bounds; of other words the values are not checked.

    Args:
        schema: A JSON schema of an object.
        name: The name of the class; default: the schema's title, or "GeneratedModel".

    Raises:
        ValueError: The schema is of no object, or refers to something that it does not hold.
    """
    if schema.get("type", "object") != "object" or "properties" not in schema:
        raise ValueError("The JSON schema must be of an object with properties.")
    return _Reader(schema).model(schema, name or str(schema.get("title") or "GeneratedModel"))


class _Reader:
    """Makes types from the parts of one schema; each reference becomes one class."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._referred: dict[str, Any] = {}
        self._open: set[str] = set()

    def model(self, schema: Mapping[str, Any], name: str) -> type[BaseModel]:
        required = set(schema.get("required", ()))
        fields: dict[str, Any] = {}
        for key, part in schema["properties"].items():
            kind = self._type(part, f"{name}_{key}")
            options = {ours: part[theirs] for theirs, ours in _CONSTRAINTS.items() if theirs in part}
            if "description" in part:
                options["description"] = part["description"]
            if "default" in part:
                fields[key] = (kind, Field(default=part["default"], **options))
            elif key in required:
                fields[key] = (kind, Field(**options))
            else:
                fields[key] = (kind | None, Field(default=None, **options))
        extra: Literal["forbid", "ignore"] = (
            "forbid" if schema.get("additionalProperties") is False else "ignore"
        )
        config = ConfigDict(extra=extra, protected_namespaces=())
        return create_model(name, __config__=config, __doc__=schema.get("description"), **fields)

    def _type(self, part: Any, name: str) -> Any:
        if not isinstance(part, Mapping):
            return Any
        if "$ref" in part:
            return self._reference(part["$ref"])
        if "enum" in part or "const" in part:
            return Literal[tuple(part.get("enum", [part.get("const")]))]
        choices = part.get("anyOf") or part.get("oneOf")
        if choices is None and len(part.get("allOf", ())) == 1:
            choices = part["allOf"]
        if choices is None and isinstance(part.get("type"), list):
            choices = [{**part, "type": kind} for kind in part["type"]]
        if choices:
            return Union[tuple(self._type(choice, f"{name}_{i}") for i, choice in enumerate(choices))]  # noqa: UP007
        if part.get("type") == "array":
            return list[self._type(part.get("items"), f"{name}_item")]  # type: ignore[misc]
        if part.get("type") == "object" or "properties" in part:
            if "properties" in part:
                return self.model(part, str(part.get("title") or name))
            return dict[str, self._type(part.get("additionalProperties"), f"{name}_value")]  # type: ignore[misc]
        return _SIMPLE.get(part.get("type", ""), Any)

    def _reference(self, path: str) -> Any:
        if path in self._referred:
            return self._referred[path]
        if path in self._open:
            return Any  # a class within itself: its inner values are not checked
        part: Any = self._root
        for key in path.removeprefix("#/").split("/"):
            if not isinstance(part, Mapping) or key not in part:
                raise ValueError(f"The JSON schema refers to {path!r}, which it does not hold.")
            part = part[key]
        self._open.add(path)
        try:
            self._referred[path] = self._type(part, path.rpartition("/")[2])
        finally:
            self._open.discard(path)
        return self._referred[path]
