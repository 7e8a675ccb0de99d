"""The notifications of a Linux desktop: org.freedesktop.Notifications on the session bus."""

from __future__ import annotations

import logging
import os

from desktop_agent.config.paths import APP_NAME

logger = logging.getLogger(__name__)

_ADDRESS = "org.freedesktop.Notifications"
_SECONDS = 3.0


def notify(title: str, text: str, replaced: int = 0) -> int:
    """Show a notification; it blocks for three seconds at most, so call it in a worker thread.

    Args:
        title: Its first line.
        text: What it says; no markup.
        replaced: The number of the notification that it takes the place of; 0 for none.

    Returns:
        Its number; 0 if nobody shows it, which is no fault: not every session has such a service.
    """
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS", "").startswith("unix:"):
        return 0
    from jeepney import DBusAddress, DBusErrorResponse, new_method_call
    from jeepney.io.blocking import open_dbus_connection
    from jeepney.wrappers import unwrap_msg

    service = DBusAddress("/org/freedesktop/Notifications", bus_name=_ADDRESS, interface=_ADDRESS)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    # A click on it leads to the window of the desktop entry that is named.
    hints = {"desktop-entry": ("s", APP_NAME)}
    values: tuple[object, ...] = (title, replaced, APP_NAME, title, escaped, [], hints, -1)
    message = new_method_call(service, "Notify", "susssasa{sv}i", values)
    try:
        with open_dbus_connection(bus="SESSION") as connection:
            (number,) = unwrap_msg(connection.send_and_get_reply(message, timeout=_SECONDS))
    except (OSError, TimeoutError, DBusErrorResponse, ValueError, KeyError) as error:
        logger.info("No notification: %s.", type(error).__name__)
        return 0
    return int(number)
