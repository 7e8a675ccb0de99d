"""An agent that another agent's model may call: `AgentTool`."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from pydantic import BaseModel, Field
from typing_extensions import override

from desktop_agent.agentchat.agents.base_chat_agent import BaseChatAgent
from desktop_agent.agentchat.base import TaskResult
from desktop_agent.agentchat.cancellation import CancellationToken
from desktop_agent.agentchat.messages import BaseAgentEvent, BaseChatMessage
from desktop_agent.agentchat.tools.base_tool import BaseStreamTool


class TaskRunnerToolArgs(BaseModel):
    """The arguments of an `AgentTool`."""

    task: str = Field(description="The task to be executed.")


class AgentTool(BaseStreamTool[TaskRunnerToolArgs, BaseAgentEvent | BaseChatMessage, TaskResult]):
    """Runs tasks on an agent; its name and description are the tool's. What it yields is passed on live.

    Source: AutoGen's class of the same name. The agent remembers its tasks, and can do one at a time: have
    the calling model make one call at a time (`parallel_tool_calls=False`).

    Args:
        agent: Who does the work.
        return_value_as_last_message: Tell the model the last message alone, not "NAME: TEXT" for each.
    """

    def __init__(self, agent: BaseChatAgent, return_value_as_last_message: bool = False) -> None:
        super().__init__(TaskRunnerToolArgs, TaskResult, agent.name, agent.description)
        self._agent = agent
        self._last_alone = return_value_as_last_message

    @override
    async def run_stream(
        self, args: TaskRunnerToolArgs, cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | TaskResult, None]:
        """Run a task; yield what happens, without the task itself, and the `TaskResult` last.

        Raises:
            Exception: What the agent raises.
        """
        stream = self._agent.run_stream(
            task=args.task, cancellation_token=cancellation_token, output_task_messages=False
        )
        async with aclosing(stream):
            async for item in stream:
                yield item

    @override
    def return_value_as_string(self, value: TaskResult) -> str:
        """The agent's messages as text; no events, and nothing of the user's.

        Raises:
            ValueError: The last message is to be told, and it is an event, or there is none.
        """
        if self._last_alone:
            if value.messages and isinstance(value.messages[-1], BaseChatMessage):
                return value.messages[-1].to_model_text()
            raise ValueError("The last message is not a BaseChatMessage.")
        return "\n\n".join(
            f"{message.source}: {message.to_model_text()}"
            for message in value.messages
            if isinstance(message, BaseChatMessage) and message.source != "user"
        )

    @override
    async def save_state_json(self) -> Mapping[str, Any]:
        return await self._agent.save_state()

    @override
    async def load_state_json(self, state: Mapping[str, Any]) -> None:
        await self._agent.load_state(state)
