"""Other systems that flows ask: a request enters, its answer comes back as an event.

Request --> pool thread --HTTP (client.py) or Python function (functions.py)--> RequestEnded
"""
