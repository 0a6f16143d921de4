"""Contract suites and in-memory ports that ship with the package."""
