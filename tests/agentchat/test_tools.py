"""Tools: schemas from hints, results as JSON, failures as results, workbenches."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import enum
import functools
import json
import sys
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Optional

import pytest
from pydantic import BaseModel, Field
from typing_extensions import override

from desktop_agent.agentchat import CancellationToken, Image
from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.agentchat.tools import (
    BaseStreamTool,
    BaseTool,
    BaseToolWithState,
    FunctionTool,
    ImageResultContent,
    StaticStreamWorkbench,
    StaticWorkbench,
    TextResultContent,
    Tool,
    ToolOverride,
    ToolResult,
    ToolSchema,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


class Place(BaseModel):
    """Somewhere."""

    city: str
    inner: Optional[Place] = None  # noqa: UP045 - a reference to itself


class Unit(enum.Enum):
    CELSIUS = "C"
    KELVIN = "K"


def measure(
    place: Annotated[Place, "Where"],
    unit: Unit,
    days: Annotated[int, "How many"] = 1,
    schema: str = "x",
    cancellation_token: CancellationToken | None = None,
) -> str:
    """Measure."""
    return f"{place.city} {unit.name} {days} {schema} {cancellation_token is not None}"


def result_of(function: Any, arguments: dict[str, Any] | None = None) -> ToolResult:
    tool = function if isinstance(function, BaseTool) else FunctionTool(function, "", name="tool")
    return asyncio.run(StaticWorkbench([tool]).call_tool("tool", arguments))


def test_schema_of_a_function() -> None:
    tool = FunctionTool(measure, "Measures.")
    assert isinstance(tool, Tool)
    schema = tool.schema
    assert list(schema) == ["name", "description", "parameters", "strict"]
    assert (schema["name"], schema["description"], schema["strict"]) == ("measure", "Measures.", False)
    parameters = schema["parameters"]
    assert parameters["type"] == "object"
    assert parameters["required"] == ["place", "unit"]
    assert parameters["additionalProperties"] is False
    assert list(parameters["properties"]) == ["place", "unit", "days", "schema"]
    assert parameters["properties"]["days"] == {
        "default": 1,
        "description": "How many",
        "title": "Days",
        "type": "integer",
    }
    assert parameters["properties"]["unit"]["enum"] == ["C", "K"]
    assert parameters["properties"]["schema"]["description"] == "schema"  # its name


def test_definitions_are_put_in_and_keep_the_description() -> None:
    place = FunctionTool(measure, "").schema["parameters"]["properties"]["place"]
    assert "$defs" not in json.dumps(place)
    assert "$ref" not in json.dumps(place)
    assert place["description"] == "Where"  # AutoGen loses it
    assert place["properties"]["city"]["type"] == "string"
    assert place["properties"]["inner"]["anyOf"][0] == {"type": "object"}  # there is no end to it


def test_schema_is_the_callers_own() -> None:
    tool = FunctionTool(measure, "")
    tool.schema["parameters"]["properties"].clear()
    assert tool.schema["parameters"]["properties"]


def test_function_is_given_models_and_the_token() -> None:
    tool = FunctionTool(measure, "", name="tool")
    result = result_of(tool, {"place": {"city": "Oslo"}, "unit": "K", "days": 3})
    assert result.to_text() == "Oslo KELVIN 3 x True"
    assert not result.is_error


def no_annotation(city) -> None:  # type: ignore[no-untyped-def]
    pass


def any_number(*cities: str) -> None:
    pass


def unknown_type(city: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    pass


def no_text(city: Annotated[str, Field(min_length=1)]) -> None:
    pass


def no_schema(city: threading_lock_type) -> None:  # type: ignore[valid-type]
    pass


threading_lock_type = type(sys)


def private(_city: str) -> None:
    pass


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (no_annotation, "must be annotated; 'city' is not"),
        (any_number, "any number of arguments"),
        (unknown_type, "can't be resolved"),
        (no_text, "must begin with its description"),
        (no_schema, "can't be described"),
        (private, "can't be described"),
    ],
)
def test_functions_that_make_no_tool(function: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        FunctionTool(function, "")


def test_strict_tools_have_no_defaults() -> None:
    tool = FunctionTool(measure, "", strict=True)
    with pytest.raises(ValueError, match="Strict mode is enabled"):
        _ = tool.schema

    def exact(city: str) -> None:
        pass

    assert FunctionTool(exact, "", strict=True).schema["strict"] is True


class Adder:
    """Adds."""

    def __init__(self, to: int) -> None:
        self._to = to

    def __call__(self, number: int) -> int:
        return self._to + number

    async def later(self, number: int) -> int:
        return self._to + number


def add(first: int, second: int, /) -> int:
    return first + second


async def add_later(first: int, second: int) -> int:
    return first + second


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (Adder(1), {"number": 2}),
        (Adder(1).later, {"number": 2}),
        (functools.partial(add, 1), {"second": 2}),
        (functools.partial(add_later, second=1), {"first": 2}),
        (add, {"first": 1, "second": 2}),
        (add_later, {"first": 1, "second": 2}),
    ],
)
def test_everything_callable_is_a_tool(function: Any, arguments: dict[str, Any]) -> None:
    assert result_of(function, arguments).to_text() == "3"


def test_names_of_functions() -> None:
    assert FunctionTool(functools.partial(add, 1), "").name == "add"
    assert FunctionTool(Adder(1), "").name == "Adder"


@dataclasses.dataclass
class Point:
    x: int
    day: dt.date


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain text", "plain text"),
        ("", ""),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ({"a": None, "b": [1, "é"]}, '{"a": null, "b": [1, "é"]}'),
        ([1, {"x": (2, 3)}], '[1, {"x": [2, 3]}]'),
        (Place(city="Oslo"), '{"city": "Oslo", "inner": null}'),
        (Point(1, dt.date(2020, 1, 2)), '{"x": 1, "day": "2020-01-02"}'),
        (dt.date(2020, 1, 2), "2020-01-02"),
        (Unit.KELVIN, "K"),
        (b"\xff\x00", "_wA="),
        (object, "<class 'object'>"),
    ],
)
def test_results_reach_the_model_as_json(value: Any, text: str) -> None:
    def give() -> Any:
        return value

    assert result_of(give) == ToolResult(name="tool", result=[TextResultContent(content=text)])


def test_value_that_holds_itself_is_a_failure() -> None:
    endless: list[Any] = []
    endless.append(endless)
    result = result_of(lambda: endless)
    assert result.is_error
    assert "Circular reference" in result.to_text()


def test_awaitable_results_are_awaited() -> None:
    assert result_of(lambda: add_later(1, 2)).to_text() == "3"


def test_images_stay_images() -> None:
    image = Image(PNG)
    assert result_of(lambda: image).result == [ImageResultContent(content=image)]
    mixed = result_of(lambda: ["A map", image])
    assert mixed.to_text(replace_image="[image]") == "A map\n[image]"
    assert mixed.to_text() == f"A map\n[Image: {image.to_base64()}]"


def raising(error: BaseException) -> Any:
    def fail() -> None:
        raise error

    async def fail_later() -> None:
        raise error

    return [fail, fail_later]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no such city"), "no such city"),
        (ValueError(), "ValueError"),
        (SystemExit(3), "tried to end the program: 3"),
        (StopIteration(), "StopIteration"),
        (asyncio.CancelledError(), "The tool gave up: it was cancelled from within."),
    ],
)
@pytest.mark.parametrize("is_async", [False, True])
def test_failures_are_results(error: BaseException, text: str, is_async: bool) -> None:
    result = result_of(raising(error)[is_async])
    assert result.is_error
    assert text in result.to_text()


def test_arguments_that_do_not_fit_are_a_result() -> None:
    result = result_of(FunctionTool(measure, "", name="tool"), {"place": "?", "unit": "K"})
    assert result.is_error
    assert "1 validation error" in result.to_text()


def test_unknown_tools_are_a_result() -> None:
    result = asyncio.run(StaticWorkbench([]).call_tool("nobody"))
    assert (result.is_error, result.to_text()) == (True, "Tool nobody not found.")


def test_workbench_cancels_its_tool() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        token = CancellationToken()
        bench = StaticWorkbench([FunctionTool(wait, "")])
        asyncio.get_running_loop().call_soon(token.cancel)
        with pytest.raises(asyncio.CancelledError):
            await bench.call_tool("wait", {}, token)

    asyncio.run(main())


def test_overrides() -> None:
    tools = [FunctionTool(add, "Adds."), FunctionTool(add_later, "Later.")]
    overrides = {"add": ToolOverride(name="sum", description="Sums."), "add_later": ToolOverride()}
    for kind in (StaticWorkbench, StaticStreamWorkbench):
        bench = kind(tools, tool_overrides=overrides)
        listed = asyncio.run(bench.list_tools())
        assert [(tool["name"], tool["description"]) for tool in listed] == [
            ("sum", "Sums."),
            ("add_later", "Later."),
        ]
        assert asyncio.run(bench.call_tool("sum", {"first": 1, "second": 2})).to_text() == "3"
        assert asyncio.run(bench.call_tool("add")).is_error
    with pytest.raises(ValueError, match="Tool names must be unique"):
        StaticWorkbench(tools, {"add": ToolOverride(name="add_later")})


class Count(BaseModel):
    number: int = 0


class Nothing(BaseModel):
    pass


class Counter(BaseToolWithState[Nothing, int, Count]):
    def __init__(self) -> None:
        super().__init__(Nothing, int, Count, "count", "Counts.")
        self._number = 0

    @override
    async def run(self, args: Nothing, cancellation_token: CancellationToken) -> int:
        self._number += 1
        return self._number

    @override
    def save_state(self) -> Count:
        return Count(number=self._number)

    @override
    def load_state(self, state: Count) -> None:
        self._number = state.number


def test_workbench_saves_its_tools() -> None:
    async def main() -> str:
        async with StaticWorkbench([Counter()]) as first, StaticWorkbench([Counter()]) as second:
            await first.call_tool("count")
            state = json.loads(json.dumps(await first.save_state()))
            assert state == {"type": "StaticWorkbenchState", "tools": {"count": {"number": 1}}}
            await second.load_state(state)
            return (await second.call_tool("count")).to_text()

    assert asyncio.run(main()) == "2"


class Steps(BaseStreamTool[Nothing, TextMessage, str]):
    """Tells of each step; ends with what it was given."""

    def __init__(self, *items: Any) -> None:
        super().__init__(Nothing, str, "steps", "Steps.")
        self._items = items
        self.given: list[Any] = []

    @override
    async def run_stream(
        self, args: Nothing, cancellation_token: CancellationToken
    ) -> AsyncGenerator[TextMessage | str, None]:
        for item in self._items:
            self.given.append(item)
            yield item


STEP = TextMessage(content="step", source="tool")


def stream_of(tool: Tool, name: str = "steps", **options: Any) -> list[Any]:
    async def main() -> list[Any]:
        bench = StaticStreamWorkbench([tool], **options)
        return [item async for item in bench.call_tool_stream(name)]

    return asyncio.run(main())


def test_streaming_tools_tell_and_end_with_a_result() -> None:
    assert stream_of(Steps(STEP, STEP, "end")) == [
        STEP,
        STEP,
        ToolResult(name="steps", result=[TextResultContent(content="end")]),
    ]


def test_events_come_when_they_happen() -> None:
    async def main() -> list[Any]:
        tool = Steps(STEP, "end")
        stream = StaticStreamWorkbench([tool]).call_tool_stream("steps")
        await anext(stream)
        given = list(tool.given)
        await stream.aclose()
        return given

    assert asyncio.run(main()) == [STEP]


def test_overridden_names_work_when_streaming() -> None:
    items = stream_of(Steps("end"), "walk", tool_overrides={"steps": ToolOverride(name="walk")})
    assert items == [ToolResult(name="walk", result=[TextResultContent(content="end")])]


@pytest.mark.parametrize("items", [(), (STEP,)])
def test_last_item_must_be_the_result(items: tuple[Any, ...]) -> None:
    result = stream_of(Steps(*items))[-1]
    assert result.is_error
    assert "must be of the type str" in result.to_text()


def test_streaming_tool_runs_without_a_stream() -> None:
    assert asyncio.run(StaticWorkbench([Steps(STEP, "end")]).call_tool("steps")).to_text() == "end"


def test_plain_tools_in_a_stream() -> None:
    schema: ToolSchema = FunctionTool(add, "").schema
    assert stream_of(FunctionTool(add, ""), schema["name"])[-1].is_error
