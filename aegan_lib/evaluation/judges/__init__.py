"""The judge of realism: how far a set of images is from real faces, as one number.

A judge is built once from reference faces and then called on sets of images (n, h, w, 3) uint8 of
their size. 0 is what other real faces get on average, so a set of them may come out a little
below; more is less real. Nothing is compared in pairs: the set is judged as a whole, and the same
set always gets the same distance.

Whether it can be believed, `evaluation.calibration` says of a page's own faces. It is the first of
the candidates that the plan names which can: `benchmarks/judges.py` asks it of all of them.
"""

from aegan_lib.dataset import Dataset
from aegan_lib.evaluation.judges.patches import patches
from aegan_lib.evaluation.judges.reference import Judge, Reference, reference_faces

__all__ = ["Judge", "Reference", "patches", "realism", "reference_faces"]


def realism(dataset: Dataset) -> Judge:
    """The judge of realism for a dataset's faces; it needs no attributes."""
    return patches(reference_faces(dataset))
