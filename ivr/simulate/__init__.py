"""Simulated callers: people with a goal, habits and a noisy line call a flow through the real engine; how
their calls went leaves.

population (who calls, with what goal) --> caller (answers what is asked) --> noise (what a recogniser makes
of it) --> engine and backend --> judge (by what the backend was asked) --> report

No figure of a room that hears sound comes from here: words are damaged by a model of a recogniser (noise.py).
"""
