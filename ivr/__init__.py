"""A telephony IVR voice-bot server. Start reading at `ivr/call.py`; docs/design.md has the map."""

__version__ = "0.1.0"
