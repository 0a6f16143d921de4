"""Antivirus: ClamAV's daemon, and the memory of what it found clean."""

from versement.adapters.antivirus.clamd import Clamd, ClamdSettings
from versement.adapters.antivirus.scans import DiskScans

__all__ = ["Clamd", "ClamdSettings", "DiskScans"]
