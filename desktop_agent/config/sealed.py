"""A secret on its way through the program: nothing that prints, logs or pickles it shows it."""

from __future__ import annotations

from typing import NoReturn

from typing_extensions import override

HIDDEN = "(hidden)"


class Sealed:
    """Holds a text that `repr`, `str`, crash reports with local variables, copies and pickles do not show."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def open(self) -> str:
        """The text."""
        return self._text

    @override
    def __repr__(self) -> str:
        return HIDDEN

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
