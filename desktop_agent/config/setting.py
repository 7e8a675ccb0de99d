"""What a setting is: its type, default, range and the words that a person reads, declared in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

_OPEN_CHOICES: Final[Mapping[Any, str]] = {None: "Not known", True: "Yes", False: "No"}


class SettingsPart(BaseModel):
    """A group of settings. It keeps what a newer version of the program wrote there."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)


def setting(
    default: Any,
    label: str,
    hint: str = "",
    *,
    choices: Mapping[str, str] | None = None,
    bounds: tuple[float, float] | None = None,
    step: float | None = None,
) -> Any:
    """Declare a setting that a page shows.

    Args:
        default: Its value until somebody changes it.
        label: What it is called, in English; the window translates it.
        hint: A sentence below it.
        choices: A label for each value of a `Literal`.
        bounds: The smallest and the largest number.
        step: What one click of a spin box adds.
    """
    low, high = bounds or (None, None)
    extra: Any = {"choices": dict(choices or {}), "step": step}
    return Field(default, title=label, description=hint, ge=low, le=high, json_schema_extra=extra)


@dataclass(frozen=True)
class SettingDescription:
    """One setting as a page shows it.

    Attributes:
        name: The name of the field.
        label: What it is called.
        hint: A sentence below it, or "".
        kind: "switch", "choice", "number" or "text". Yes, no and not known (`bool | None`) is a choice.
        default: Its value until somebody changes it.
        choices: Each value of a choice with its label, in order.
        low: The smallest number, or None.
        high: The largest number, or None.
        step: What one click adds, or None.
        is_whole: Whether a number has no fraction.
    """

    name: str
    label: str
    hint: str
    kind: Literal["switch", "choice", "number", "text"]
    default: Any
    choices: Mapping[Any, str]
    low: float | None = None
    high: float | None = None
    step: float | None = None
    is_whole: bool = False


def describe(part: type[SettingsPart]) -> tuple[SettingDescription, ...]:
    """The settings of a group that are declared with `setting`, in order."""
    return tuple(
        _described(name, field) for name, field in part.model_fields.items() if field.title is not None
    )


def _described(name: str, field: FieldInfo) -> SettingDescription:
    extra: Any = field.json_schema_extra
    annotation: Any = field.annotation
    kind: Literal["switch", "choice", "number", "text"] = "text"
    is_open = bool in get_args(annotation)
    if is_open or get_origin(annotation) is Literal:
        kind = "choice"
    elif annotation is bool:
        kind = "switch"
    elif {int, float} & {annotation, *get_args(annotation)}:
        kind = "number"
    bounds = {
        name: getattr(each, name) for each in field.metadata for name in ("ge", "le") if hasattr(each, name)
    }
    return SettingDescription(
        name=name,
        label=field.title or "",
        hint=field.description or "",
        kind=kind,
        default=field.get_default(call_default_factory=True),
        choices=_OPEN_CHOICES if is_open else extra["choices"],
        low=bounds.get("ge"),
        high=bounds.get("le"),
        step=extra["step"],
        is_whole=kind == "number" and float not in (annotation, *get_args(annotation)),
    )
