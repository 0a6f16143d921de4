"""What the chain is about, in plain values: documents, identity, fixity, lifecycle, errors. Standard library only."""
