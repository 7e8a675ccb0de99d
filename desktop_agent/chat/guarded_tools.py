"""The tools of a conversation, each call judged before it runs: `GuardedTools`."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError
from typing_extensions import override

from desktop_agent.agentchat import CancellationToken
from desktop_agent.agentchat.errors import ToolError
from desktop_agent.agentchat.function_calls import FunctionCall
from desktop_agent.agentchat.messages import new_id
from desktop_agent.agentchat.tools import (
    FunctionTool,
    StreamWorkbench,
    TextResultContent,
    ToolResult,
    ToolSchema,
)
from desktop_agent.agentchat.tools.results import text_of_error, text_of_value, without_surrogates
from desktop_agent.chat.approvals import Answer, ApprovalRequest, Approvals, Decision
from desktop_agent.chat.history import Said
from desktop_agent.chat.policy import (
    Question,
    grant_for,
    question_about_change,
    question_about_page,
    question_about_search,
)
from desktop_agent.chat.tool_call import CallEndedError, RunningCall
from desktop_agent.chat.tool_events import ToolProgressEvent, ToolState
from desktop_agent.chat.tool_services import ToolServices
from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.chat.trust import Trust
from desktop_agent.config.tool_settings import Grant
from desktop_agent.toolbox.addresses import parse_address
from desktop_agent.toolbox.calculator import calculate
from desktop_agent.toolbox.clock import current_time
from desktop_agent.toolbox.described import tool_of
from desktop_agent.toolbox.files import FileTools
from desktop_agent.toolbox.pages import fetch_page, read_page
from desktop_agent.toolbox.search import web_search, web_search_by
from desktop_agent.toolbox.workspace import Workspace

MOST_CHARACTERS: Final = 100_000
"""Of one result; what is longer is cut, for the model and for the person alike."""

MOST_AT_ONCE: Final = 16
"""Calls that run side by side; a reply may ask for any number."""

_FREE: Final = (calculate.__name__, current_time.__name__, web_search.__name__, fetch_page.__name__)
"""Tools that act in no folder."""

_WRITERS: Final = ("write_file", "edit_file")

_NO_LIMIT: Final = float("inf")
"""For the agent's own clock, which would count the time that the person takes."""


@dataclass(frozen=True)
class _Plan:
    """A call that was read.

    Attributes:
        work: What it does.
        grant: The permission for exactly this.
        question: What the person is asked before, unless there is such a permission.
    """

    work: Callable[[CancellationToken], Coroutine[Any, Any, str]]
    grant: Grant
    question: Question | None = None


class GuardedTools(StreamWorkbench):
    """Offers the tools whose switch is on, and runs each call only if it may.

    Yields a `ToolProgressEvent` for each state of a call. The person is asked where the policy says so; what
    is shown is what runs: a change that was planned, an address that was read.

    Args:
        source: The name of the agent, for events.
        services: Settings and keys.
        approvals: Asks the person.
    """

    def __init__(self, source: str, services: ToolServices, approvals: Approvals) -> None:
        self.source = source
        self.services = services
        self._approvals = approvals
        self._choices = ToolChoices()
        self._trust = Trust()
        self._files: FileTools | None = None
        self._tools: dict[str, FunctionTool] = {}
        self._grants: list[Grant] = []
        self._written: dict[str, str] = {}
        self._calls: dict[str, RunningCall] = {}

    async def begin_run(self, choices: ToolChoices, history: Iterable[Said]) -> None:
        """Offer the tools of these switches to a run, which begins with what is known by now.

        Args:
            choices: The switches.
            history: The conversation so far, with the question.
        """
        self._trust = await asyncio.to_thread(Trust, list(history))  # it reads every word
        self._calls, self._written = {}, {}
        if choices == self._choices:
            return
        self._choices = choices
        folder = choices.files
        self._files = None
        if folder is not None:
            self._files = FileTools(await asyncio.to_thread(Workspace, folder))  # it may be far away
        functions: list[Any] = [calculate, current_time] if choices.is_any else []
        if choices.web_search:
            functions += [web_search, fetch_page]
        tools = [tool_of(each) for each in functions]
        tools += self._files.tools() if self._files is not None else []
        self._tools = {tool.name: tool for tool in tools}

    def expect(self, calls: Sequence[FunctionCall]) -> None:
        """Take in the very texts of the calls to come, which the person is shown."""
        self._written.update((call.id, call.arguments) for call in calls)

    def cancel_call(self, call_id: str) -> None:
        """End one call; the model is told so."""
        call = self._calls.get(call_id)
        if call is not None:
            call.cancel()

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The state and the seconds of each call of the run, as JSON values; unfinished ones are stopped."""
        return {call_id: call.to_json() for call_id, call in self._calls.items()}

    @override
    async def list_tools(self) -> list[ToolSchema]:
        return [tool.schema for tool in self._tools.values()]

    @override
    def timeout_of(self, name: str) -> float | None:
        return _NO_LIMIT

    @override
    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        result: ToolResult | None = None
        async for item in self.call_tool_stream(name, arguments, cancellation_token, call_id):
            if isinstance(item, ToolResult):
                result = item
        assert result is not None  # a stream ends with its result
        return result

    @override
    async def call_tool_stream(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> AsyncGenerator[ToolProgressEvent | ToolResult, None]:
        """Judge a call, ask if need be, run it; yield each state, and the `ToolResult` last."""
        token = cancellation_token or CancellationToken()
        call = RunningCall(call_id or new_id(), name)
        request: ApprovalRequest | None = None
        self._calls[call.id] = call
        text = self._written.get(call.id) or json.dumps(arguments or {}, ensure_ascii=False)
        event = functools.partial(
            ToolProgressEvent, source=self.source, call_id=call.id, name=name, arguments=text
        )
        seconds = self.services.settings().tool_seconds
        try:
            if sum(each.is_active for each in self._calls.values()) > MOST_AT_ONCE:
                raise ToolError(f"Too many calls at once: at most {MOST_AT_ONCE} can run side by side.")
            plan = await call.see_through(self._plan(name, arguments or {}), seconds)
            if plan.question is not None and not self._is_granted(plan.grant):
                request = _request(call, text, plan.question)
                call.state = "waiting"
                answered = self._approvals.put(request)  # before anybody hears of it
                yield event(state="waiting", request=request)
                answer = await call.see_through(answered)
                self._remember(answer, plan.grant)
                if answer.decision is Decision.DENY:
                    raise CallEndedError("denied", _denial(answer))
            call.begin()
            yield event(state="running", seconds=0.0)
            given = await call.see_through(plan.work(token), seconds)
            call.end("done")
            result = _result(name, given)
            self._trust.note_result(name, given)
        except CallEndedError as ended:
            call.end(ended.state)
            result = ToolResult.error(name, str(ended))
        except ValidationError as error:
            call.end("failed")
            result = ToolResult.error(name, _words_of(error))
        except Exception as error:  # noqa: BLE001 - the model is told
            call.end("failed")
            result = _result(name, text_of_error(error), is_error=True)
        finally:
            if request is not None:
                self._approvals.withdraw(request.id)
        state: ToolState = call.state
        yield event(state=state, seconds=call.seconds, result=result.to_text())
        yield result

    async def _plan(self, name: str, arguments: Mapping[str, Any]) -> _Plan:
        """Read a call: what it will do, and what the person is asked before.

        Raises:
            ToolError: It can't be done.
            ValidationError: The arguments do not fit.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise ToolError(f"There is no tool {name[:80]!r}.")
        given = tool.args_type().model_validate(arguments)
        values = given.model_dump()
        folder = "" if self._files is None or name in _FREE else str(self._files.folder)
        grant = grant_for(name, values, folder)
        if name == "web_search":
            service = await self.services.search_service()
            search = web_search_by(service)
            question = question_about_search(values["query"], service.name, self._trust)
            return _Plan(lambda _token: search(values["query"]), grant, question)
        if name == "fetch_page":
            address = parse_address(values["address"])
            network = self.services.network
            question = question_about_page(address, self._trust)
            return _Plan(lambda _token: read_page(str(address), values["start"], network), grant, question)
        if name in _WRITERS and self._files is not None:
            files = self._files
            plan = files.plan_write if name == "write_file" else files.plan_edit
            change = await plan(**values)
            question = question_about_change(change, str(files.folder))
            return _Plan(lambda _token: files.make(change), grant, question)
        return _Plan(lambda token: _run(tool, values, token), grant)

    def _is_granted(self, grant: Grant) -> bool:
        return any(each.allows(grant) for each in (*self._grants, *self.services.settings().grants))

    def _remember(self, answer: Answer, grant: Grant) -> None:
        if answer.decision is Decision.ALWAYS:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.services.keep_grant(grant.model_copy(update={"at": now}))
            if self._is_granted(grant):
                return  # where it is kept, it can be revoked: it must not last here beyond that
        if answer.decision in (Decision.CONVERSATION, Decision.ALWAYS):
            self._grants.append(grant)

    @override
    async def start(self) -> None:
        """Nothing is open."""

    @override
    async def stop(self) -> None:
        """Nothing is open."""

    @override
    async def reset(self) -> None:
        self._grants.clear()

    @override
    async def save_state(self) -> Mapping[str, Any]:
        return {}

    @override
    async def load_state(self, state: Mapping[str, Any]) -> None:
        """There is nothing to remember."""


async def _run(tool: FunctionTool, values: Mapping[str, Any], token: CancellationToken) -> str:
    return text_of_value(await tool.run_json(values, token))


def _request(call: RunningCall, arguments: str, question: Question) -> ApprovalRequest:
    return ApprovalRequest(
        id=new_id(),
        call_id=call.id,
        tool=call.name,
        arguments=arguments,
        sentence=question.sentence,
        body=question.body,
        body_kind=question.body_kind,
        folder=question.folder,
        access=question.access,
    )


def _denial(answer: Answer) -> str:
    note = answer.note.strip()
    return f"The user denied this call and says: {note}" if note else "The user denied this call."


def _result(name: str, text: str, *, is_error: bool = False) -> ToolResult:
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}\n\n[{len(text) - MOST_CHARACTERS:,} more characters are left out.]"
    content = TextResultContent(content=without_surrogates(text))
    return ToolResult(name=name, result=[content], is_error=is_error)


def _words_of(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "The arguments do not fit. " + " ".join(
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}." for each in faults[:5]
    )
