"""Measurements: ratios against a baseline of the same run, never asserted by a test."""
