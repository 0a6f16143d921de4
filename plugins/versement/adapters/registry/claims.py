"""Who holds a record: taken by one INSERT, found under any of its keys, handed to the oldest duplicate when freed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import literal, or_
from sqlalchemy.dialects import postgresql, sqlite

from versement.adapters.registry import documents, journal
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.tables import claim, document, head
from versement.domain.errors import Defect
from versement.domain.lifecycle import DocumentState
from versement.ports.registry import Claim, Record
