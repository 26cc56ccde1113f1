"""Calls of a flow without a telephone: typed words, keys and scripted conversations enter; what the bot says
and does leaves. `ivr chat` and `ivr flow test` stand on it, and the simulated callers."""
