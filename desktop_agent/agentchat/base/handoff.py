"""Passing a conversation on: `Handoff`."""

from typing import Any

from pydantic import BaseModel, model_validator

from desktop_agent.agentchat.tools import BaseTool, FunctionTool


class Handoff(BaseModel):
    """To whom an agent may hand over, as a tool that its model calls. Source: `autogen_agentchat.base`.

    Args:
        target: The name of the other agent.
        description: When to hand over, for the model; default: "Handoff to {target}."
        name: The name of the tool; default: "transfer_to_{target}", in lower case.
        message: What the other agent is told.

    Raises:
        pydantic.ValidationError: The name is no Python identifier (a `ValueError`).
    """

    target: str
    description: str = ""
    name: str = ""
    message: str = ""

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(target := values.get("target"), str):
            return values
        filled = dict(values)
        if not filled.get("description"):
            filled["description"] = f"Handoff to {target}."
        if not filled.get("name"):
            filled["name"] = f"transfer_to_{target}".lower()
        if not str(filled["name"]).isidentifier():
            raise ValueError(f"Function name must be valid identifier: {filled['name']}")
        if not filled.get("message"):
            filled["message"] = f"Transferred to {target}, adopting the role of {target} immediately."
        return filled

    @property
    def handoff_tool(self) -> BaseTool[BaseModel, BaseModel]:
        """A tool without arguments that returns `message`."""

        async def hand_off() -> str:
            return self.message

        return FunctionTool(hand_off, name=self.name, description=self.description, strict=True)
