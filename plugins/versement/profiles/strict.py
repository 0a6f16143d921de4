"""What all models of profile files have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Base of the models: frozen, no unknown field, nothing converted that the field does not ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
