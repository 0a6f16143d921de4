"""The four workflows of an ingest, as lists of steps and actions. Data only."""

from __future__ import annotations

from dataclasses import dataclass

FINAL_STEP = "STP_INGEST_FINALISATION"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow of the process engine.

    Attributes:
        identifier: name of the logbook operation's event.
        type_proc: LogbookTypeProcess, which HEAD gives as X-Context-Id.
        steps: (step, actions) in order; the last one always runs.
        objects: whether the SIP may carry objects.
        agencies: whether CHECK_HEADER looks at the agencies.
        profiles: whether CHECK_HEADER looks at the archival profile.
        blank: nothing is kept, and the reply says that it was a test.
    """

    context: str
    identifier: str
    type_proc: str
    unit_type: str
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    objects: bool = False
    agencies: bool = True
    profiles: bool = False
    blank: bool = False

    @property
    def last(self) -> int:
        return len(self.steps) - 1


_RECEPTION = (
    (
        "STP_SANITY_CHECK_SIP",
        ("SANITY_CHECK_SIP", "CHECK_CONTAINER", "MANIFEST_FILE_NAME_CHECK", "MANIFEST_DIGEST_CHECK"),
    ),
    ("STP_UPLOAD_SIP", ("UPLOAD_SIP",)),
    (
        "STP_INGEST_CONTROL_SIP",
        ("CHECK_SEDA", "CHECK_HEADER", "PREPARE_STORAGE_INFO", "CHECK_DATAOBJECTPACKAGE", "CHECK_ATTACHEMENT"),
    ),
)
_OBJECT_ACTIONS = ("CHECK_DIGEST", "CHECK_OBJECT_SIZE", "OG_OBJECTS_FORMAT_CHECK", "CHECK_OBJECT_GROUP_SCHEMA")
_UNIT_ACTIONS = (
    "CHECK_UNIT_SCHEMA",
    "CHECK_ARCHIVE_UNIT_PROFILE",
    "CHECK_CLASSIFICATION_LEVEL",
    "UNITS_RULES_COMPUTE",
)
_OBJECTS = "STP_OG_CHECK_AND_TRANSFORME"
_UNITS = "STP_UNIT_CHECK_AND_PROCESS"
_AVAILABILITY = ("STP_STORAGE_AVAILABILITY_CHECK", ("STORAGE_AVAILABILITY_CHECK",))
_UNIT_METADATA = (("STP_UNIT_METADATA", ("UNIT_METADATA_INDEXATION",)),)
_UNIT_STORING = (("STP_UNIT_STORING", ("COMMIT_LIFE_CYCLE_UNIT", "UNIT_METADATA_STORAGE")),)
_REGISTRATION = ("STP_ACCESSION_REGISTRATION", ("ACCESSION_REGISTRATION",))
_END = (FINAL_STEP, ("ATR_NOTIFICATION", "ROLL_BACK"))

_INGEST = Workflow(
    "DEFAULT_WORKFLOW",
    "PROCESS_SIP_UNITARY",
    "INGEST",
    "INGEST",
    (
        *_RECEPTION,
        (_OBJECTS, _OBJECT_ACTIONS),
        (_UNITS, _UNIT_ACTIONS),
        _AVAILABILITY,
        ("STP_OBJ_STORING", ("OBJ_STORAGE", "OG_METADATA_INDEXATION")),
        *_UNIT_METADATA,
        ("STP_OG_STORING", ("COMMIT_LIFE_CYCLE_OBJECT_GROUP", "OG_METADATA_STORAGE")),
        *_UNIT_STORING,
        (
            "STP_UPDATE_OBJECT_GROUP",
            ("OBJECT_GROUP_UPDATE", "COMMIT_LIFE_CYCLE_OBJECT_GROUP", "OG_METADATA_STORAGE"),
        ),
        _REGISTRATION,
        _END,
    ),
    objects=True,
    profiles=True,
)
_BLANK = Workflow(
    "BLANK_TEST",
    "PROCESS_SIP_UNITARY_TEST",
    "INGEST_TEST",
    "INGEST",
    (
        *_RECEPTION,
        (_OBJECTS, tuple(action for action in _OBJECT_ACTIONS if action != "CHECK_OBJECT_SIZE")),
        (_UNITS, _UNIT_ACTIONS),
        _AVAILABILITY,
        _END,
    ),
    objects=True,
    profiles=True,
    blank=True,
)
_FILING = Workflow(
    "FILING_SCHEME",
    "FILINGSCHEME",
    "INGEST",
    "FILING_UNIT",
    (*_RECEPTION, (_UNITS, _UNIT_ACTIONS), *_UNIT_METADATA, *_UNIT_STORING, _REGISTRATION, _END),
)
_HOLDING = Workflow(
    "HOLDING_SCHEME",
    "HOLDINGSCHEME",
    "MASTERDATA",
    "HOLDING_UNIT",
    (*_RECEPTION, (_UNITS, ("CHECK_UNIT_SCHEMA",)), *_UNIT_METADATA, *_UNIT_STORING, _END),
    agencies=False,
)

WORKFLOWS = {workflow.context: workflow for workflow in (_INGEST, _BLANK, _FILING, _HOLDING)}
