"""The outside world: help desks, and everything else that is reached over the network."""
