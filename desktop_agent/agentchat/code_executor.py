"""Code and what came of it, as values: nothing here runs code. Source: `autogen_core.code_executor`."""

from dataclasses import dataclass


@dataclass
class CodeBlock:
    """A piece of code in a `language`."""

    code: str
    language: str


@dataclass
class CodeResult:
    """What a piece of code printed, and how it ended."""

    exit_code: int
    output: str
