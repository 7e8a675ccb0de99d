"""Prices and context lengths of models from the package `genai-prices`: data that come with it, no request.

The one door to that package. Its table takes most of a second to import: ask in a worker thread.
"""

from __future__ import annotations

import functools
import logging
from datetime import UTC, datetime
from typing import Any

from desktop_agent.chat.model_facts import ModelFacts, ModelPrice, positive
from desktop_agent.config.provider import origin_of
from desktop_agent.config.providers import ProviderEntry

logger = logging.getLogger(__name__)


def table_facts(entry: ProviderEntry, model: str) -> ModelFacts:
    """What the table says of a provider's model; nothing for a server that it does not know.

    A model is never taken for one of another provider because of its name.
    """
    if entry.kind.is_local or not entry.base_url:
        return ModelFacts(model)
    return _look_up(model, entry.kind.facts.prices, origin_of(entry.base_url))


@functools.lru_cache(maxsize=4096)  # a look-up takes milliseconds
def _look_up(model: str, provider: str, origin: str) -> ModelFacts:
    from genai_prices.data_snapshot import get_snapshot

    nothing = ModelFacts(model)
    try:
        _, found = get_snapshot().find_provider_model(
            model, None, provider or None, None if provider else origin
        )
        price = _price(found.get_prices(datetime.now(UTC)))
        return ModelFacts(model, context_length=positive(found.context_window), price=price)
    except LookupError:
        return nothing
    except Exception as error:  # noqa: BLE001 - a price that can't be told is an unknown price
        logger.warning("The table of prices failed: %s.", type(error).__name__)
        return nothing


def _price(prices: Any) -> ModelPrice | None:
    values = (_dollars(prices.input_mtok), _dollars(prices.output_mtok))
    if values[0] is None or values[1] is None:
        return None
    return ModelPrice(values[0], values[1], "table")


def _dollars(price: Any) -> float | None:
    """The price of a million tokens; of several for longer and longer prompts, the first."""
    base = getattr(price, "base", price)
    return None if base is None else float(base)
