"""The ports' real sides, one package per outside system."""
