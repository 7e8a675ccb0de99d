"""What agents, their results and conditions are. Stands for `autogen_agentchat.base`."""

from desktop_agent.agentchat.base.chat_agent import ChatAgent, Response, TaskResult, TaskRunner
from desktop_agent.agentchat.base.handoff import Handoff
from desktop_agent.agentchat.base.termination import (
    AndTerminationCondition,
    OrTerminationCondition,
    TerminatedException,
    TerminationCondition,
)

__all__ = [
    "AndTerminationCondition",
    "ChatAgent",
    "Handoff",
    "OrTerminationCondition",
    "Response",
    "TaskResult",
    "TaskRunner",
    "TerminatedException",
    "TerminationCondition",
]
