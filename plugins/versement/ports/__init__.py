"""What the chain needs from the outside world, as protocols."""
