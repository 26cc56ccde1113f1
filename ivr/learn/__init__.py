"""From sentences that were not understood to examples of a flow: people decide, the machine proposes."""
