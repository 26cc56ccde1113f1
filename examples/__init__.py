"""What stands around the voice bot in a company; nothing here belongs to the bot itself."""
