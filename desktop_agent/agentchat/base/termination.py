"""When a conversation ends: the contract of conditions, and their `&` and `|`."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from typing_extensions import override

from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage, StopMessage


class TerminatedException(BaseException):
    """A condition that was met was asked again without a `reset`; AutoGen's is no `Exception` either."""


class TerminationCondition(ABC):
    """Looks at what was said since it was last asked. Source: `autogen_agentchat.base`.

    Conditions combine: `a & b` is met when both were met, `a | b` when one is.
    """

    @property
    @abstractmethod
    def terminated(self) -> bool:
        """Whether the condition was met."""

    @abstractmethod
    async def __call__(self, messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> StopMessage | None:
        """Look at new messages and events; a message if the condition is met.

        Raises:
            TerminatedException: It was met before.
        """

    @abstractmethod
    async def reset(self) -> None:
        """Begin anew."""

    def __and__(self, other: "TerminationCondition") -> "TerminationCondition":
        return AndTerminationCondition(self, other)

    def __or__(self, other: "TerminationCondition") -> "TerminationCondition":
        return OrTerminationCondition(self, other)


class AndTerminationCondition(TerminationCondition):
    """Met when all are met, not necessarily at once.

    Args:
        *conditions: The conditions.
    """

    def __init__(self, *conditions: TerminationCondition) -> None:
        self._conditions = conditions
        self._stop_messages: list[StopMessage] = []

    @property
    @override
    def terminated(self) -> bool:
        return all(condition.terminated for condition in self._conditions)

    @override
    async def __call__(self, messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> StopMessage | None:
        if self.terminated:
            raise TerminatedException("Termination condition has already been reached.")
        left = [condition for condition in self._conditions if not condition.terminated]
        answers = await asyncio.gather(*(condition(messages) for condition in left))
        self._stop_messages += [answer for answer in answers if answer is not None]
        return None if None in answers else _joined(self._stop_messages)

    @override
    async def reset(self) -> None:
        for condition in self._conditions:
            await condition.reset()
        self._stop_messages.clear()


class OrTerminationCondition(TerminationCondition):
    """Met when one is met.

    Args:
        *conditions: The conditions.
    """

    def __init__(self, *conditions: TerminationCondition) -> None:
        self._conditions = conditions

    @property
    @override
    def terminated(self) -> bool:
        return any(condition.terminated for condition in self._conditions)

    @override
    async def __call__(self, messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> StopMessage | None:
        if self.terminated:
            raise TerminatedException("Termination condition has already been reached.")
        answers = await asyncio.gather(*(condition(messages) for condition in self._conditions))
        met = [answer for answer in answers if answer is not None]
        return _joined(met) if met else None

    @override
    async def reset(self) -> None:
        for condition in self._conditions:
            await condition.reset()


def _joined(messages: Sequence[StopMessage]) -> StopMessage:
    return StopMessage(
        content=", ".join(message.content for message in messages),
        source=", ".join(message.source for message in messages),
    )
