"""What every Registry must do; a test class inherits it and gives `registry` and `clock` fixtures."""

from __future__ import annotations

from versement.testing.registry_contract_decisions import DecisionsContract
from versement.testing.registry_contract_documents import DocumentsContract
from versement.testing.registry_contract_eliminations import EliminationsContract
from versement.testing.registry_contract_likeness import LikenessContract
from versement.testing.registry_contract_looking_back import LookingBackContract
from versement.testing.registry_contract_records import RecordsContract
from versement.testing.registry_contract_transfers import TransfersContract
from versement.testing.registry_contract_trials import TrialsContract


class RegistryContract(
    EliminationsContract,
    DocumentsContract,
    DecisionsContract,
    RecordsContract,
    TransfersContract,
    TrialsContract,
    LikenessContract,
    LookingBackContract,
):
    """Tests of the Registry port."""
