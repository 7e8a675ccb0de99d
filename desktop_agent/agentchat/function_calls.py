"""A model's request to call a function: `FunctionCall`. Source: `autogen_core`."""

from dataclasses import dataclass


@dataclass
class FunctionCall:
    """One call that a model asks for.

    `arguments` is the JSON text as the model wrote it, which may be no JSON at all; `id` pairs the call with
    its result.
    """

    id: str
    arguments: str
    name: str
