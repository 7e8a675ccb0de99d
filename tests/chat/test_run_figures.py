"""Cost, context and totals of runs."""

from __future__ import annotations

import json

import pytest

from desktop_agent.agentchat import FunctionCall
from desktop_agent.agentchat.base import Response
from desktop_agent.agentchat.messages import TextMessage, ToolCallRequestEvent
from desktop_agent.agentchat.models import RequestUsage
from desktop_agent.chat.model_facts import ModelPrice
from desktop_agent.chat.run_figures import RunFigures, totals_of
from desktop_agent.chat.run_statistics import RunStatistics

PRICE = ModelPrice(input=0.15, output=0.60, source="table")


def answer(prompt: int, completion: int) -> Response:
    usage = RequestUsage(prompt_tokens=prompt, completion_tokens=completion)
    return Response(chat_message=TextMessage(content="Yes.", source="assistant", models_usage=usage))


def test_the_cost_of_a_run_has_all_its_calls() -> None:
    statistics = RunStatistics(price=PRICE, context_limit=128_000)
    usage = RequestUsage(prompt_tokens=1_000, completion_tokens=100)
    call = FunctionCall(id="1", name="search", arguments="{}")
    statistics.observe(ToolCallRequestEvent(content=[call], source="assistant", models_usage=usage))
    statistics.observe(answer(2_000, 200))
    figures = statistics.figures
    assert (figures.prompt, figures.completion) == (2_000, 200)
    assert (figures.earlier_prompt, figures.earlier_completion) == (1_000, 100)
    assert figures.cost == pytest.approx((3_000 * 0.15 + 300 * 0.60) / 1e6)
    assert not figures.is_estimate
    assert figures.context_tokens == 2_200
    assert (figures.context_tokens, figures.context_limit) == (2_200, 128_000)


def test_until_usage_arrives_the_cost_is_an_estimate() -> None:
    statistics = RunStatistics(prompt_estimate=1_000_000, price=PRICE)
    assert statistics.figures.cost == pytest.approx(0.15)
    assert statistics.figures.is_estimate


def test_what_is_not_known_stays_unknown() -> None:
    statistics = RunStatistics()
    statistics.observe(answer(10, 2))
    assert statistics.figures.cost is None
    assert statistics.figures.context_limit is None


def test_figures_come_back_from_the_store() -> None:
    figures = RunFigures(12, False, 34, True, 56.5, 0.25, 1.5, 7, 8, 0.0003, 128_000)
    assert RunFigures.from_json(json.loads(json.dumps(figures.to_json()))) == figures
    older = {"prompt": 12, "completion": 34, "duration": 1.5}
    restored = RunFigures.from_json(older)
    assert restored is not None
    assert (restored.cost, restored.context_limit, restored.earlier_prompt) == (None, None, 0)


def test_totals() -> None:
    first = RunFigures(10, False, 5, False, duration=1.0, cost=0.5)
    second = RunFigures(20, True, 6, False, duration=2.0, earlier_prompt=3, earlier_completion=4)
    totals = totals_of([first, second])
    assert (totals.replies, totals.prompt, totals.completion, totals.duration) == (2, 33, 15, 3.0)
    assert totals.is_estimate
    assert (totals.cost, totals.cost_is_partial) == (0.5, True)
    assert totals_of([first]).cost_is_partial is False
    assert totals_of([second]).cost is None
