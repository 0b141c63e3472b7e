"""Judges of realism: how far a set of images is from real faces, as one number.

A judge is built once from reference faces and then called on sets of images (n, h, w, 3) uint8 of
their size. 0 is what other real faces get on average, so a set of them may come out a little
below; more is less real. Nothing is compared in pairs: the set is judged as a whole, and the same
set always gets the same distance.

Whether a judge can be believed, `evaluation.calibration` says; `benchmarks/judges.py` asks it of
all of them.
"""

from collections.abc import Callable, Mapping

from aegan_lib.dataset import Dataset
from aegan_lib.evaluation.judges.classifier import classifier
from aegan_lib.evaluation.judges.kernel import kernel
from aegan_lib.evaluation.judges.patches import patches
from aegan_lib.evaluation.judges.reference import Judge, Reference, reference_faces
from aegan_lib.evaluation.judges.spectrum import spectrum

__all__ = ["CANDIDATES", "JUDGE", "Judge", "Reference", "realism", "reference_faces"]

CANDIDATES: Mapping[str, Callable[[Reference], Judge]] = {
    "patches": patches,
    "classifier": classifier,
    "kernel": kernel,
    "spectrum": spectrum,
}
JUDGE = "patches"  # the first of the candidates, as they are planned, that can be believed


def realism(dataset: Dataset) -> Judge:
    """The judge of realism for a dataset's faces; it needs no attributes."""
    return CANDIDATES[JUDGE](reference_faces(dataset))
