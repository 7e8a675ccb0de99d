"""The figures of one run. This module imports nothing, so that the window can show them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class RunFigures:
    """The figures of a run as they are shown and stored. None: not known. Times are seconds."""

    prompt: int = 0
    prompt_is_estimate: bool = False
    completion: int = 0
    completion_is_estimate: bool = False
    tokens_per_second: float | None = None
    seconds_to_first_token: float | None = None
    duration: float = 0.0

    def to_json(self) -> dict[str, float | None]:
        """As JSON values, for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> RunFigures | None:
        """What `to_json` gave; None if it is something else (another version's, or damaged)."""
        names = {each.name for each in fields(cls)}
        if not isinstance(values, Mapping) or not names.issuperset(values):
            return None
        if not all(value is None or isinstance(value, int | float) for value in values.values()):
            return None
        return cls(**values)
