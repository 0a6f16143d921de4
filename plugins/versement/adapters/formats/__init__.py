"""Readers of what sources hand over. What may hang or crash on hostile bytes runs in child processes."""
