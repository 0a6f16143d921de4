"""From a drop's listing to the documents that it announces: a pure function of names, indexes and messages.

What the files' bytes say comes later; no path of the listing is ever lost.
"""

from versement.domain.grouping.group import Grouping, group
from versement.domain.grouping.residue import parted

__all__ = ["Grouping", "group", "parted"]
