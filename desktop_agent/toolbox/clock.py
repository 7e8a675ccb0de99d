"""What time it is: `current_time`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop_agent.agentchat.errors import ToolError

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def current_time(
    time_zone: Annotated[
        str, 'A time zone such as "Europe/Berlin" or "UTC"; empty for the user\'s own.'
    ] = "",
) -> str:
    """Tell the date, the day of the week and the time.

    Raises:
        ToolError: There is no such time zone.
    """
    zone = time_zone.strip()
    try:
        now = datetime.now(UTC).astimezone(ZoneInfo(zone) if zone else None)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(f"There is no time zone {zone[:100]!r}.") from None
    return f"{_DAYS[now.weekday()]}, {now.isoformat(timespec='seconds')} ({zone or now.tzname()})"
