"""Antivirus: ClamAV's daemon, and the memory of what it found clean."""

from versement.adapters.antivirus.clamd import DAYS, MAX_BYTES, Clamd, ClamdSettings
from versement.adapters.antivirus.scans import DiskScans

__all__ = ["DAYS", "MAX_BYTES", "Clamd", "ClamdSettings", "DiskScans"]
