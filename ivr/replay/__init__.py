"""Recorded callers: fixtures enter; the same call loop as on the telephone runs on them, without
a network (WavLine) or as a real SIP call from outside (phone)."""
