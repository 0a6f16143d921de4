"""Crashes on purpose: the chain's steps against the real sandbox Vitam, struck at every effect, and what comes of it."""
