"""The parameters of functions: from type hints to a pydantic model, and from there to a schema."""

import functools
import inspect
import typing
import warnings
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.errors import PydanticUserError

from desktop_agent.agentchat.tools.schema import ParametersSchema

TOKEN: Final = "cancellation_token"
"""A parameter of this name is not the model's: it is given the token of the run."""


def typed_signature(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a function, its annotations resolved, `Annotated` kept.

    Raises:
        ValueError: A parameter has no annotation, or one that can't be resolved, or it takes any number of
            arguments.
    """
    signature = inspect.signature(function)
    plain: Any = function.func if isinstance(function, functools.partial) else function
    if not (inspect.isfunction(plain) or inspect.ismethod(plain) or inspect.isbuiltin(plain)):
        plain = type(plain).__call__
    try:
        hints = typing.get_type_hints(plain, include_extras=True)
    except (NameError, TypeError) as error:
        raise ValueError(f"The annotations of {_name(function)} can't be resolved: {error}") from error
    parameters = []
    for name, parameter in signature.parameters.items():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise ValueError(f"{_name(function)} takes any number of arguments ({parameter}); a tool can't.")
        if name not in hints and name != TOKEN:
            raise ValueError(
                f"All parameters of the function {_name(function)} must be annotated; {name!r} is not."
            )
        parameters.append(parameter.replace(annotation=hints.get(name, Any)))
    return inspect.Signature(parameters, return_annotation=hints.get("return", Any))


def args_model(name: str, signature: inspect.Signature) -> type[BaseModel]:
    """A pydantic model with a field for each parameter but the token.

    A description is the text that `Annotated` gives, else the parameter's name.

    Raises:
        ValueError: An `Annotated` does not begin with a text, or there is no schema of a type.
    """
    fields: dict[str, Any] = {}
    for key, parameter in signature.parameters.items():
        if key == TOKEN:
            continue
        kind, description = _described(parameter.annotation, key)
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[key] = (kind, Field(default=default, description=description))
    try:
        with warnings.catch_warnings():
            # A parameter may well be named like a method of pydantic's: it is only ever read back by name.
            warnings.filterwarnings("ignore", message=r'Field name "\w+" in .* shadows an attribute')
            return create_model(name, __config__=ConfigDict(protected_namespaces=()), **fields)
    except (NameError, PydanticUserError) as error:
        raise ValueError(f"The parameters of a tool can't be described: {error}") from error


def _described(annotation: Any, name: str) -> tuple[Any, str]:
    """The type in an annotation, and the description."""
    if typing.get_origin(annotation) is not Annotated:
        return annotation, name
    kind, *notes = typing.get_args(annotation)
    if not isinstance(notes[0], str):
        raise ValueError(  # noqa: TRY004 - AutoGen's type of error
            f"The annotation of {name!r} must begin with its description as a text: {annotation}"
        )
    rest = tuple(note for note in notes[1:] if not isinstance(note, str))
    return (Annotated[(kind, *rest)] if rest else kind), notes[0]


def _name(function: Callable[..., Any]) -> str:
    return f"'{getattr(function, '__name__', type(function).__name__)}'"


def parameters_schema(model: type[BaseModel]) -> ParametersSchema:
    """The schema of a model's fields, definitions put in where they are referred to.

    A reference's own words (its description) stay; AutoGen loses them.
    """
    with warnings.catch_warnings():
        # A default that JSON does not know is left out of the schema; the tool has it all the same.
        warnings.filterwarnings("ignore", message=r".*is not JSON serializable; excluding default")
        schema = model.model_json_schema()
    whole = _inlined(schema, schema.get("$defs", {}), ())
    return ParametersSchema(
        type="object",
        properties=whole.get("properties", {}),
        required=whole.get("required", []),
        additionalProperties=whole.get("additionalProperties", False),
    )


def _inlined(part: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_inlined(item, definitions, within) for item in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if isinstance(reference, str) and (name := reference.removeprefix("#/$defs/")) in definitions:
        own = {key: _inlined(value, definitions, within) for key, value in part.items() if key != "$ref"}
        if name in within:  # a class within itself has no end: from here on anything goes
            return {"type": "object", **own}
        return {**_inlined(definitions[name], definitions, (*within, name)), **own}
    return {key: _inlined(value, definitions, within) for key, value in part.items() if key != "$defs"}
