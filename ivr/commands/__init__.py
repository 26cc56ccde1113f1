"""The parts of the `ivr` command that are larger than a call of one room; cli.py puts them together."""
