"""Desktop Agent: talk with LLM agents on your desktop and watch every token as it comes."""

__version__ = "0.1.0"
