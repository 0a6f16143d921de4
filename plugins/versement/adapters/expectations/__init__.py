"""Great Expectations on a collection's table."""
