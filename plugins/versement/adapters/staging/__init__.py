"""Staging on disk."""
