"""How a provider stands, in the few words and the icon of its row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_agent.agentchat import errors
from desktop_agent.chat.model_catalog import ModelList
from desktop_agent.config.provider_kinds import ProviderKind
from desktop_agent.config.providers import ProviderEntry
from desktop_agent.gui.settings.connections import Check
from desktop_agent.gui.settings.entry_list import Standing

translate: Final = QCoreApplication.translate
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def standing_of(entry: ProviderEntry, check: Check | None, *, is_tested: bool = False) -> Standing:
    """How a provider stands.

    Args:
        entry: The provider.
        check: What its last test found.
        is_tested: Whether a test is under way.
    """
    if entry.kind is ProviderKind.DEMO:
        return Standing(translate("Providers", "Built in"))
    if is_tested:
        return Standing(translate("Providers", "Testing"))
    if entry.kind.facts.needs_key and not entry.has_key:
        return Standing(translate("Providers", "No key"), "warn", "key")
    if check is None:
        return Standing(translate("Providers", "Not tested"))
    if check.result.is_well:
        return Standing(
            translate("Providers", "Running") if entry.kind.is_local else translate("Providers", "Connected"),
            "ok",
            "check",
        )
    return _trouble(entry, check.result.error)


def _trouble(entry: ProviderEntry, error: type[errors.AgentError] | None) -> Standing:
    """The words for a kind of error; a subclass stands above its base."""
    gone = (
        translate("Providers", "Not running")
        if entry.kind.is_local
        else translate("Providers", "No connection")
    )
    words = (
        (errors.MissingKeyError, Standing(translate("Providers", "No key"), "warn", "key")),
        (errors.AuthenticationError, Standing(translate("Providers", "Key refused"), "err", "alert")),
        (errors.PermissionDeniedError, Standing(translate("Providers", "Not allowed"), "err", "alert")),
        (errors.NotFoundError, Standing(translate("Providers", "Not found"), "err", "alert")),
        (errors.QuotaError, Standing(translate("Providers", "No credit"), "err", "alert")),
        (errors.RateLimitError, Standing(translate("Providers", "Rate limit"), "warn", "alert")),
        (errors.StreamTimeoutError, Standing(translate("Providers", "No answer"), "warn", "plug")),
        (errors.ConnectionFailedError, Standing(gone, "warn", "plug")),
    )
    for kind, standing in words:
        if error is not None and issubclass(error, kind):
            return standing
    return Standing(translate("Providers", "Failed"), "err", "alert")


def subtitle_of(entry: ProviderEntry, models: ModelList | None, check: Check | None) -> str:
    """The second line of a provider's row."""
    if entry.kind is ProviderKind.DEMO:
        return translate("Providers", "Scripted replies, offline")
    host = shown_host(entry.host)
    has_failed = check is not None and not check.result.is_well
    if models is None or not models.models or has_failed:
        return host
    count = sum(each.chats is not False for each in models.models)
    if entry.kind.is_local:
        return (
            translate("Providers", "{host}, 1 model").format(host=host)
            if count == 1
            else _models(host, count)
        )
    rest = count - any(each.id == entry.model for each in models.models)
    if entry.model and rest:
        return translate("Providers", "{model} and {count} more").format(
            model=entry.model, count=QLocale().toString(rest)
        )
    return entry.model or _models(host, count)


def _models(host: str, count: int) -> str:
    return translate("Providers", "{host}, {count} models").format(host=host, count=QLocale().toString(count))


def shown_host(host: str) -> str:
    """A host as people write it: this computer by its name."""
    return host.replace("127.0.0.1", "localhost", 1) if host.startswith("127.0.0.1:") else host


def words_of_check(check: Check, now: datetime | None = None) -> str:
    """When a test was, and how long it took."""
    when = ago(check.at, now)
    return translate("Providers", "Checked {when}, {duration}").format(
        when=when, duration=duration(check.result.seconds)
    )


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago something was, in words that go on a sentence: "2 minutes ago"."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < _MINUTE:
        return translate("Providers", "just now")
    for unit, one, many in (
        (_DAY, translate("Providers", "yesterday"), translate("Providers", "{count} days ago")),
        (_HOUR, translate("Providers", "1 hour ago"), translate("Providers", "{count} hours ago")),
        (_MINUTE, translate("Providers", "1 minute ago"), translate("Providers", "{count} minutes ago")),
    ):
        count = int(seconds // unit)
        if count:
            return one if count == 1 else many.format(count=QLocale().toString(count))
    return translate("Providers", "just now")


def duration(seconds: float) -> str:
    """A short duration: "318 ms", "1.2 s"."""
    if seconds < 1:
        return translate("Providers", "{count} ms").format(count=round(seconds * 1000))
    return translate("Providers", "{count} s").format(count=QLocale().toString(seconds, "f", 1))
