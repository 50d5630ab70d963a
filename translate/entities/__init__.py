"""Named entities: find them in the source, write them as they must be, report on them."""

from jisr.translate.entities.enforce import Enforced, enforce
from jisr.translate.entities.find import NameFinder
from jisr.translate.entities.write import write_names

__all__ = ["Enforced", "NameFinder", "enforce", "write_names"]
