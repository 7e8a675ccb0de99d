"""The window in which the program is set up, page by page."""
