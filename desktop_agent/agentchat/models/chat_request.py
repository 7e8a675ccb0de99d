"""What is asked of a model, checked and as the API takes it."""

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from desktop_agent.agentchat.models.model_client import JsonOutput, ToolChoice
from desktop_agent.agentchat.models.openai_config import DISALLOWED_ARGS, Settings, checked_timeout
from desktop_agent.agentchat.models.types import LLMMessage
from desktop_agent.agentchat.models.wire import to_wire, tool_choice_to_wire, tools_to_wire
from desktop_agent.agentchat.tools.schema import Tool, ToolSchema


@dataclass(frozen=True)
class Question:
    """The arguments of `create` and `create_stream` that become a request."""

    messages: Sequence[LLMMessage]
    tools: Sequence[Tool | ToolSchema] = ()
    tool_choice: ToolChoice = "auto"
    json_output: JsonOutput = None
    extra_create_args: Mapping[str, Any] | None = None
    include_usage: bool | None = None


@dataclass(frozen=True)
class RequestWriter:
    """Makes requests of questions.

    Args:
        settings: Those of the client.
        known_args: The arguments that the SDK takes.
        strict_schema: Makes the schema of a class that OpenAI's strict mode takes.
    """

    settings: Settings
    known_args: Callable[[], frozenset[str]]
    strict_schema: Callable[[type[BaseModel]], dict[str, Any]]

    def write(self, question: Question) -> tuple[dict[str, Any], float | None]:
        """The arguments for the SDK, and the caller's time limit.

        Raises:
            ValueError: Arguments that are unknown, contradict one another, or ask too much of the model.
        """
        extra = question.extra_create_args or {}
        invalid = (extra.keys() - self.known_args()) | (extra.keys() & DISALLOWED_ARGS)
        if invalid:
            raise ValueError(f"Extra create args are invalid: {', '.join(sorted(invalid))}")
        settings = self.settings
        request: dict[str, Any] = {**settings.create_args, **extra}
        seconds = checked_timeout(request.pop("timeout", None))
        request["model"] = settings.model
        request["messages"] = to_wire(
            question.messages,
            settings.info,
            add_name_prefixes=settings.add_name_prefixes,
            include_name=settings.include_name,
        )
        self._set_format(request, question.json_output)
        if question.tools and not settings.info["function_calling"]:
            raise ValueError("Model does not support function calling")
        choice = tool_choice_to_wire(question.tool_choice, question.tools)
        if question.tools:
            request["tools"] = tools_to_wire(question.tools)
            request["tool_choice"] = choice
        return request, seconds

    def _set_format(self, request: dict[str, Any], json_output: JsonOutput) -> None:
        """Set `response_format`. Source: AutoGen, the order in which these are checked included."""
        info = self.settings.info
        wanted = request.get("response_format")
        model: type[BaseModel] | None = None
        if _is_model(wanted):
            warnings.warn(
                "Using response_format to specify the BaseModel for structured output type will be "
                "deprecated. Use json_output in create and create_stream instead.",
                DeprecationWarning,
                stacklevel=6,
            )
            model = request.pop("response_format")
        if isinstance(json_output, bool):
            request["response_format"] = {"type": "json_object" if json_output else "text"}
        elif _is_model(json_output):
            if model is not None:
                raise ValueError(
                    "response_format and json_output cannot be set to a Pydantic model class "
                    "at the same time."
                )
            model = json_output
        elif json_output is not None:
            raise ValueError(
                f"json_output must be a boolean or a Pydantic model class, got {type(json_output)}"
            )
        form = request.get("response_format")
        if isinstance(form, Mapping) and form.get("type") == "json_object" and not info["json_output"]:
            raise ValueError("Model does not support JSON output.")
        if model is None:
            return
        if not info.get("structured_output", False):
            raise ValueError("Model does not support structured output.")
        if form is not None:
            warnings.warn(
                "response_format is found in extra_create_args while json_output is set to a "
                "Pydantic model class. Skipping the response_format in extra_create_args in favor of the "
                "json_output. Structured output will be used.",
                UserWarning,
                stacklevel=6,
            )
        schema = {"name": model.__name__, "schema": self.strict_schema(model), "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}


def ask_for_usage(request: dict[str, Any], include_usage: bool | None, *, refused: bool) -> None:
    """Ask for the token counts of a stream, unless the caller or the server does not want it.

    Raises:
        ValueError: The caller wants both.
    """
    options = dict(request.get("stream_options") or {})
    if include_usage is not None:
        if options.get("include_usage", include_usage) != include_usage:
            raise ValueError("include_usage and stream_options['include_usage'] differ")
        options["include_usage"] = include_usage
    elif not refused:
        options.setdefault("include_usage", True)
    if options:
        request["stream_options"] = options


def _is_model(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, BaseModel)
