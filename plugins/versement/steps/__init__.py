"""The use cases of the chain, one module per step."""
