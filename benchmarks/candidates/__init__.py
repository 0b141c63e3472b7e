"""Judges of realism that were tried beside the one that is used, in the order of the plan."""

from collections.abc import Callable, Mapping

from aegan_lib.evaluation.judges import Judge, Reference, patches
from benchmarks.candidates.classifier import classifier
from benchmarks.candidates.kernel import kernel
from benchmarks.candidates.spectrum import spectrum

CANDIDATES: Mapping[str, Callable[[Reference], Judge]] = {
    "patches": patches,
    "classifier": classifier,
    "kernel": kernel,
    "spectrum": spectrum,
}
