"""What the chain is about, in plain values. Standard library only."""
