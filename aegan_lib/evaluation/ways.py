"""Ways through the space of codes, measured: from face to face, and along directions.

No code is clipped here: clipping at 0 would bend the straight lines that it is about. How far
codes leave the training codes' range is measured instead.
"""

import numpy as np
import pandas as pd

from aegan_lib import latent
from aegan_lib.dataset import Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS, SMILE_THRESHOLD
from aegan_lib.evaluation.directions import walked
from aegan_lib.evaluation.results import Value
from aegan_lib.metrics import psnr
from aegan_lib.runs import Run

PAIRS = 200  # of faces at most, on which the line and the arc are compared
REACH = 2  # standard deviations that a direction is walked, either way


def halfway(run: Run, split: Split, z: np.ndarray) -> list[Value]:
    """The straight line and the arc between two faces, at their middle.

    halfway_pairs: how many pairs of test faces are compared. arc_length: how far out the arc's
    middle lies, over the line's. Where factors are known, there is a face halfway: halfway_psnr is
    PSNR with it, of the line's middle, of the arc's, of cross-fading the two reconstructions and of
    reconstructing the face itself; line_closer the share of pairs in which the line is closer.

    Arguments:
        run: whose decoder is asked.
        split: test faces.
        z: their codes (n, latent_dim).
    """
    pairs = face_pairs(split)
    if not len(pairs):
        return []
    # Codes (n, latent_dim) of both; of three steps from one to the other the second is the middle.
    first, last = z[pairs[:, 0]], z[pairs[:, 1]]
    line = latent.interpolate(first, last, 3)[1]
    arc = np.stack([latent.slerp(a, b, 3)[1] for a, b in zip(first, last, strict=True)])
    # The arc keeps its length and the line cuts the corner, so this says how far apart the two are.
    lengths = [np.linalg.norm(codes, axis=1).mean() for codes in (arc, line)]
    values = [
        Value("halfway_pairs", len(pairs)),
        Value("arc_length", lengths[0] / max(lengths[1], 1e-12)),
    ]
    if set(FACTORS) <= set(split.table):
        # A true face halfway is what each way is held against. Cross-fading needs no codes at all,
        # and the drawn face's own reconstruction is as near as the run can come.
        truth = faces_between(split, pairs, np.array([0.5]))
        faded = np.rint(np.mean([run.decode(first), run.decode(last)], axis=0)).astype(np.uint8)
        quality = {
            "line": psnr(run.decode(line), truth),
            "arc": psnr(run.decode(arc), truth),
            "cross-fade": psnr(faded, truth),
            "drawn face": psnr(run.reconstruct(truth), truth),
        }
        values += [Value("halfway_psnr", each.mean(), case) for case, each in quality.items()]
        values += [Value("line_closer", float((quality["line"] > quality["arc"]).mean()))]
    return values


def along_directions(run: Run, z_train: np.ndarray, train: Split) -> list[Value]:
    """What lies along Smiling, Male and the directions of most variance, each a case.

    direction_variance: its share of the codes' variance. direction_change: by how many grey levels
    an average pixel differs between two standard deviations either way. direction_outside: the
    largest share of a code's coordinates on the way that lie outside the training range.
    """
    # Walked from the mean code, in nine steps of half a standard deviation.
    mean = z_train.mean(axis=0)  # (latent_dim,)
    total = z_train.var(axis=0, ddof=1).sum()
    values = []
    for name, way in walked(z_train, train).items():
        codes = mean + np.linspace(-REACH, REACH, 9)[:, None] * way
        # (2, h, w, 3): only the two ends, as floats, since a difference of bytes wraps around.
        ends = run.decode(codes[[0, -1]]).astype(float)
        outside = latent.outside_range(codes, z_train).max()
        values += [
            # `way` is one standard deviation long: its squared length is the variance along it.
            Value("direction_variance", float(way @ way / max(total, 1e-12)), name),
            Value("direction_change", float(np.abs(ends[1] - ends[0]).mean()), name),
            Value("direction_outside", float(outside), name),
        ]
    return values


def face_pairs(split: Split) -> np.ndarray:
    """Rows of two faces each, (n, 2); where factors are known, of faces with a face halfway.

    These are alike in all that has no halfway: in every class, and in smiling or not.
    """
    if not set(FACTORS) <= set(split.table):
        # No factors, no true halfway: neighbours in the table, an even number of them.
        return np.arange(min(2 * PAIRS, len(split.table) // 2 * 2)).reshape(-1, 2)
    # Between two classes there is nothing, and between smiling or not an attribute would change;
    # what is left can be mixed freely.
    classes = [split.table[name] for name, factor in FACTORS.items() if factor.shares]
    kinds = split.table.groupby([*classes, split.table["smile"] > SMILE_THRESHOLD]).indices
    # Two by two within each kind, where one may be left over.
    pairs = [rows[: len(rows) // 2 * 2].reshape(-1, 2) for rows in kinds.values()]
    # At random, so that the first PAIRS are not all of one kind.
    return np.random.default_rng(0).permutation(np.concatenate(pairs))[:PAIRS]


def faces_between(split: Split, pairs: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Faces drawn with the factors (1 - t) of the first and t of the second of each pair.

    Between two seeds there is nothing: strands, background and all other detail are the nearer
    face's, and exactly halfway the first's.
    """
    factors = split.table[list(FACTORS)].to_numpy(float)
    first, last = factors[pairs[:, :1]], factors[pairs[:, 1:]]  # (n, 1, factors)
    seed = np.array([factor.unit == "seed" for factor in FACTORS.values()])  # (factors,)
    share = np.where(seed, t[:, None] > 0.5, t[:, None])  # (steps, factors)
    # (n, 1, factors) with (steps, factors) -> (n, steps, factors) -> (n * steps, factors), pair by
    # pair.
    mixed = (first + share * (last - first)).reshape(-1, len(FACTORS))
    height, width = split.images.shape[1:3]
    return people.render(pd.DataFrame(mixed, columns=list(FACTORS)), (height, width))
