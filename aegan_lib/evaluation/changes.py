"""What an output changed of its face, read by the hardened probe: how far a smile, which traits.

Counting faces that smile in one picture and not in the other says how many crossed a line, not how
far they went. Where the factors of faces are known, the probe's logit is turned into the factor
`smile` itself, and how far that can be trusted is measured too; of photographs into the share of
such faces that are said to smile.
"""

import numpy as np
from sklearn.isotonic import IsotonicRegression

from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation.arithmetic import OF_A_SMILE
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.results import Value


def changes(outputs: np.ndarray, dataset: Dataset, probe: Probe) -> dict[str, float]:
    """How otherwise the test faces are read in their outputs; what cannot be read is left out.

    smile_change: how far a smile was moved, whichever way, the mean over all faces. In units of
        the factor `smile`: 0 is a level mouth, 1 a broad smile; without factors 0 is a face that
        never, and 1 one that always is said to smile. `grade_error` says what it is worth: a probe
        that learned to say yes or no tells the two expressions apart, and little within each.
        Between them drawn faces leave a gap, where a grade says "neither", and not how much of a
        smile.
    attributes_changed: share of the attributes that a smile has no part in that are read
        otherwise, the mean over all faces.

    Arguments:
        outputs: (n, h, w, 3) uint8, of the dataset's test faces.
        dataset: its validation faces give the scale of smiles.
        probe: the hardened one, to which outputs are less strange.
    """
    # Logits (n, attributes) of what went in and of what came out. What is misread in both is no
    # change, which is why the faces are read too instead of their table.
    before, after = probe.logits(dataset.test.images), probe.logits(outputs)
    others = [name not in OF_A_SMILE for name in probe.attributes]
    found = {}
    if any(others):
        found["attributes_changed"] = float(((before > 0) != (after > 0))[:, others].mean())
    scale = smile_scale(dataset.validation, probe)
    if scale is not None:
        column = probe.attributes.index("Smiling")
        grades = [scale.predict(logits[:, column]) for logits in (before, after)]
        found["smile_change"] = float(np.abs(grades[1] - grades[0]).mean())
    return found


def grade_error(dataset: Dataset, probe: Probe) -> list[Value]:
    """smile_grade_error: how far the grades of real test faces are from their true smiles.

    In the case *expression alone* every face is given the mean smile of its expression, smiling or
    not: only a grade that is less far off than that tells more than the attribute does.
    """
    scale = smile_scale(dataset.validation, probe)
    if scale is None or not set(FACTORS) <= set(dataset.test.table):
        return []
    test = dataset.test.table
    true = test["smile"].to_numpy(float)
    seen = probe.logits(dataset.test.images)[:, probe.attributes.index("Smiling")]
    known = dataset.validation.table.groupby("Smiling")["smile"].mean()
    alone = test["Smiling"].map(known).to_numpy(float)
    return [
        Value("smile_grade_error", float(np.abs(scale.predict(seen) - true).mean())),
        Value("smile_grade_error", float(np.abs(alone - true).mean()), "expression alone"),
    ]


def smile_scale(split: Split, probe: Probe) -> IsotonicRegression | None:
    """From the probe's logit to the factor `smile`, or else to Smiling; None without either.

    The monotone function that fits the faces of `split` best. They are to be faces that the probe
    has not learned from: of its own it is surer than of any others.
    """
    if "Smiling" not in probe.attributes or "Smiling" not in split.table:
        return None
    known = "smile" if set(FACTORS) <= set(split.table) else "Smiling"
    seen = probe.logits(split.images)[:, probe.attributes.index("Smiling")]
    # Surer than of any of these faces is as good as the surest: outputs may look like caricatures.
    scale = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    return scale.fit(seen, split.table[known].astype(float))
