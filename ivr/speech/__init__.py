"""The speech service: recogniser and voice behind the Wyoming protocol, in a process of its own."""
