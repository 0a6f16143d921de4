"""The registry in a database."""
