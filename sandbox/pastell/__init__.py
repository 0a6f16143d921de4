"""A stand-in for Pastell's REST API v2, in a process of its own: documents that move, faults, a journal."""
