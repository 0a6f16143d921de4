"""Crashes on purpose: the chain against the real sandbox Vitam, struck at every effect, and what comes of it."""
