"""Vitam's external API."""
