"""CodeChoices: what a reader has chosen for the code blocks of a text, kept while nothing of it is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CodeChoice:
    """What was chosen for one code block.

    Attributes:
        folded: Whether it shows only its first lines; None: as it comes.
        wraps: Whether its long lines are broken.
    """

    folded: bool | None = None
    wraps: bool = False


class CodeChoices:
    """The choices of one text. A block is known by where it begins, code in it by its number there."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], CodeChoice] = {}

    def of(self, start: int, number: int) -> CodeChoice:
        """What was chosen for a code block.

        Args:
            start: Where the block that holds it begins in the text, in characters.
            number: How many code blocks are before it in that block.
        """
        return self._made.get((start, number), CodeChoice())

    def fold(self, start: int, number: int, folded: bool) -> None:
        """Note that a code block was folded or opened."""
        self._made.setdefault((start, number), CodeChoice()).folded = folded

    def wrap(self, start: int, number: int, wraps: bool) -> None:
        """Note whether a code block wraps its long lines."""
        self._made.setdefault((start, number), CodeChoice()).wraps = wraps
