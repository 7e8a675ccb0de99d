"""Where the view stands, and when it follows: the auto-scroll rule, without a widget."""

from __future__ import annotations

from dataclasses import dataclass

NEAR_END = 32
"""Within this many pixels of the end, the view follows again."""


@dataclass
class Following:
    """Whether the end stays in view while content arrives.

    Whatever moves the view up turns it off; reaching the end, End, and sending a message turn it on.
    """

    is_on: bool = True

    def moved(self, old: int, new: int, maximum: int) -> None:
        """The user scrolled from `old` to `new` with `maximum` as the end."""
        if new < old:
            self.is_on = False
        elif new > old and maximum - new <= NEAR_END:
            self.is_on = True

    def resume(self) -> None:
        """The user went to the end, or sent a message."""
        self.is_on = True

    def pause(self) -> None:
        """The user reads an older message."""
        self.is_on = False
