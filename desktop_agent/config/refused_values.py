"""Values in a settings file that this version can't use: left out when read, kept when written."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]
"""Where a value is: names of fields; for the items of a list their index or, lasting, "#" and their id."""

_Model = TypeVar("_Model", bound=BaseModel)
_GONE: Any = object()


class RefusedValues:
    """What was left out, and where; it goes back into the file as long as nobody chose something else."""

    def __init__(self) -> None:
        self._values: dict[Place, Any] = {}
        self._defaults: dict[Place, Any] = {}

    @property
    def names(self) -> list[str]:
        """The places, for a person to read."""
        return [name_of(place) for place in self._values]

    def forget(self, page: str, names: Container[str]) -> bool:
        """Somebody chose these values of a page anew; whether one of them was among those left out."""
        chosen = [each for each in self._values if each[0] == page and len(each) > 1 and each[1] in names]
        for place in chosen:
            del self._values[place]
        return bool(chosen)

    def put_back(self, plain: dict[str, Any]) -> None:
        """Write into `plain` what was left out, where the default still stands in its place."""
        values = list(self._values.items())  # another thread may forget some meanwhile
        free = [each for each in values if at(plain, each[0]) in (self._defaults[each[0]], _GONE)]
        for place, value in reversed(free):  # they were taken from the ends of lists to their beginnings
            _put(plain, place, value)

    def take(self, plain: dict[str, Any], place: Place) -> bool:
        """Take a value out of `plain`; whether it was there."""
        lasting = _lasting(plain, place)
        container = at(plain, place[:-1])
        value = at(container, place[-1:])
        if value is _GONE:
            return False
        del container[place[-1]]
        for inner in [each for each in self._values if each[: len(lasting)] == lasting]:
            _put(value, inner[len(lasting) :], self._values.pop(inner))
        self._values[lasting] = value
        return True

    def note_defaults(self, plain: dict[str, Any]) -> None:
        """`plain` is what counts instead."""
        self._defaults = {place: at(plain, place) for place in self._values}


def fitting(raw: Mapping[str, Any], kind: type[_Model]) -> tuple[_Model, RefusedValues]:
    """A model from plain data, with defaults for what is wrong in them; and that.

    Args:
        raw: Plain JSON data.
        kind: A model all of whose fields have defaults.
    """
    left, refused = deepcopy(dict(raw)), RefusedValues()
    while True:
        try:
            made = kind.model_validate_json(json.dumps(left))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            places = {_wrong_place(each["type"], each["loc"], left) for each in found}
            # From the ends of lists to their beginnings, so that the indices stay right.
            taken = [refused.take(left, place) for place in sorted(places, key=_order, reverse=True)]
            if not any(taken):
                left = {}
        else:
            refused.note_defaults(made.model_dump(mode="json"))
            return made, refused


def name_of(place: Place) -> str:
    """A place for a person to read: "providers.entries.openai.timeout"."""
    return ".".join(str(part).removeprefix("#") for part in place)


def at(plain: Any, place: Place) -> Any:
    """The value at a place; an object that equals nothing if there is none."""
    for part in place:
        try:
            plain = plain[_index(plain, part)]
        except (KeyError, IndexError, TypeError):
            return _GONE
    return plain


def _wrong_place(kind: str, place: Place, raw: Mapping[str, Any]) -> Place:
    """What to leave out: the wrong value, or what lacks one."""
    if kind == "missing":
        place = place[:-1]
    while len(place) > 1 and at(raw, place) is _GONE:
        place = place[:-1]
    return place


def _order(place: Place) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (0, part) for part in place]


def _lasting(plain: Any, place: Place) -> Place:
    """The place with the ids of items in place of their indices."""
    result: list[str | int] = []
    for number, part in enumerate(place):
        item = at(plain, place[: number + 1])
        has_id = isinstance(part, int) and isinstance(item, dict) and isinstance(item.get("id"), str)
        result.append(f"#{item['id']}" if has_id else part)
    return tuple(result)


def _index(plain: Any, part: str | int) -> Any:
    """Where a part of a place leads in a list: its index, or that of the item with its id."""
    if not isinstance(plain, list) or isinstance(part, int):
        return part
    ids = [f"#{item.get('id')}" if isinstance(item, dict) else "" for item in plain]
    return ids.index(part) if part in ids else len(plain)


def _put(plain: Any, place: Place, value: Any) -> None:
    container = at(plain, place[:-1])
    if isinstance(container, list):
        container.append(value)
    elif isinstance(container, dict):
        container[place[-1]] = value
