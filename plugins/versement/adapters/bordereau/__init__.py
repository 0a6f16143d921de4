"""Bordereaux d'élimination as files: a PDF to sign, tables to keep. The same bordereau gives the same bytes."""

from versement.adapters.bordereau.page import pdf
from versement.adapters.bordereau.sheets import annex, table

__all__ = ["annex", "pdf", "table"]
