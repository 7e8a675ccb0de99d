"""The figures of a run and of a conversation. It imports nothing: the window can show them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class RunFigures:
    """The figures of a run as they are shown and stored. None: not known. Times are seconds.

    Attributes:
        prompt: Tokens of the last call's prompt.
        prompt_is_estimate: Whether the provider has not told them.
        completion: Tokens of its reply, thoughts included.
        completion_is_estimate: The same for these.
        tokens_per_second: Its speed.
        seconds_to_first_token: From Send to the first chunk.
        duration: From Send to the end.
        earlier_prompt: Tokens of the prompts of the run's calls before the last one.
        earlier_completion: The same for their replies.
        cost: Of all its calls, in US dollars.
        context_limit: How many tokens the model takes, prompt and reply together.
    """

    prompt: int = 0
    prompt_is_estimate: bool = False
    completion: int = 0
    completion_is_estimate: bool = False
    tokens_per_second: float | None = None
    seconds_to_first_token: float | None = None
    duration: float = 0.0
    earlier_prompt: int = 0
    earlier_completion: int = 0
    cost: float | None = None
    context_limit: int | None = None

    @property
    def is_estimate(self) -> bool:
        """Whether a count of tokens is one, and with it the cost."""
        return self.prompt_is_estimate or self.completion_is_estimate

    @property
    def context_tokens(self) -> int:
        """How much of the context the last call took."""
        return self.prompt + self.completion

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


@dataclass(frozen=True)
class TotalFigures:
    """What the runs of a conversation took together.

    Attributes:
        replies: How many runs there were.
        prompt: Tokens of all prompts.
        completion: Tokens of all replies.
        is_estimate: Whether a count of tokens is one, and with it the cost.
        duration: Seconds.
        cost: US dollars, as far as they are known; None if they are of no run.
        cost_is_partial: Whether some of it is not known.
    """

    replies: int
    prompt: int
    completion: int
    is_estimate: bool
    duration: float
    cost: float | None
    cost_is_partial: bool


def totals_of(runs: Iterable[RunFigures]) -> TotalFigures:
    """The figures of several runs, added up."""
    each_run = list(runs)
    costs = [run.cost for run in each_run if run.cost is not None]
    return TotalFigures(
        replies=len(each_run),
        prompt=sum(run.earlier_prompt + run.prompt for run in each_run),
        completion=sum(run.earlier_completion + run.completion for run in each_run),
        is_estimate=any(run.is_estimate for run in each_run),
        duration=sum(run.duration for run in each_run),
        cost=sum(costs) if costs else None,
        cost_is_partial=len(costs) < len(each_run),
    )
