"""Vector arithmetic on codes z, (n, latent_dim) >= 0."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score


def attribute_vector(z: np.ndarray, attribute: np.ndarray) -> np.ndarray:
    """Mean code of the images that have `attribute`, (n,) bool, minus that of the others.

    >>> attribute_vector(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]]), [True, True, False])
    array([ 2., -5.])
    """
    attribute = np.asarray(attribute, dtype=bool)
    # The mean of no codes is not a number, and would go unnoticed through all that follows.
    if attribute.all() or not attribute.any():
        raise ValueError(
            "An attribute vector needs images with the attribute and images without it. "
            f"Received: {attribute.sum()} with, {(~attribute).sum()} without."
        )
    # Two mean codes, each (latent_dim,).
    return z[attribute].mean(axis=0) - z[~attribute].mean(axis=0)


def shuffled_vectors(
    z: np.ndarray,
    attribute: np.ndarray,
    strata: np.ndarray,
    count: int,
    length: float,
    seed: int = 0,
) -> np.ndarray:
    """Useless attribute vectors, each `length` long: (count, latent_dim).

    They come about as `balanced_vector` does, but of labels that are shuffled within each stratum.
    """
    # Shuffling within a stratum keeps how often the attribute occurs there, and so the noise and
    # the weights of the real vector; all that is lost is which image has it.
    rng = np.random.default_rng(seed)
    attribute = np.asarray(attribute)
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    vectors = np.empty((count, z.shape[1]))
    for i in range(count):
        shuffled = attribute.copy()
        for rows in members:
            shuffled[rows] = rng.permutation(attribute[rows])
        vectors[i] = balanced_vector(z, shuffled, strata)
    # All get the real vector's length, so that a useless edit moves a code just as far as a real
    # one. A vector of length 0 has no direction to be stretched in and stays as it is.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors * length, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def balanced_vector(z: np.ndarray, attribute: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """The attribute vector within each stratum, averaged: strata do not leak into it.

    If most of those who wear lipstick are women, then `attribute_vector` also holds what tells
    women from men. Here only images of one stratum are compared. A stratum in which n_with
    images have the attribute and n_without do not has the weight
    n_with * n_without / (n_with + n_without), so that one of few pairs adds little noise; it is
    what least squares on the attribute and one constant a stratum gives.

    Arguments:
        z: codes (n, latent_dim).
        attribute: (n,) bool.
        strata: (n,) labels, such as one for each combination of the other attributes.

    Raises:
        ValueError: no stratum holds both images with the attribute and images without it.
    """
    attribute = np.asarray(attribute, dtype=bool)
    vectors, weights = [], []
    # A difference within each stratum that holds both, (latent_dim,), and what it counts for.
    for stratum in np.unique(strata):
        members = strata == stratum
        share = attribute[members].mean()
        if 0 < share < 1:
            vectors.append(attribute_vector(z[members], attribute[members]))
            # n * share * (1 - share) is n_with * n_without / (n_with + n_without).
            weights.append(members.sum() * share * (1 - share))
    if not vectors:
        raise _nothing_to_compare(attribute, strata)
    return np.average(vectors, axis=0, weights=weights)


def arithmetic(plus: np.ndarray, minus: np.ndarray, base: np.ndarray) -> np.ndarray:
    """mean(plus) - mean(minus) + mean(base): the documents' smiling man.

    Each argument holds the codes of one group, (k, latent_dim); the documents take three
    images a group. The result (latent_dim,) is not clipped: it may hold negative numbers,
    which no encoder can give.
    """
    return plus.mean(axis=0) - minus.mean(axis=0) + base.mean(axis=0)


def arithmetic_draws(
    plus: np.ndarray, minus: np.ndarray, base: np.ndarray, *, each: int, draws: int, seed: int = 0
) -> np.ndarray:
    """`arithmetic` on `each` random members a group, without repetition: (draws, latent_dim)."""
    # One seed draws the same members for every run, so that runs are compared on the same faces.
    rng = np.random.default_rng(seed)
    groups = (plus, minus, base)
    results = []
    for _ in range(draws):
        codes = [z[rng.choice(len(z), each, replace=False)] for z in groups]
        results.append(arithmetic(*codes))
    return np.stack(results)


def interpolate(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes on the straight line from `a` to `b`, both included: (steps, latent_dim).

    Whatever range holds both ends holds all of them.
    """
    return np.linspace(a, b, steps)


def slerp(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes on the arc from `a` to `b`, both included: (steps, latent_dim).

    Shoemake's formula: sin((1 - t)ω) / sin(ω) * a + sin(tω) / sin(ω) * b, with ω the angle
    between the two. It keeps the length of codes of one length, as White ("Sampling generative
    networks") asks for codes drawn from a Gaussian. Where the two point in the same or in
    opposite directions, or one is 0, there is no one arc, and the straight line is given.
    """
    # cos(ω) = a·b / (|a| |b|); rounding may take it a little beyond 1, where arccos is not defined.
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    omega = np.arccos(np.clip(a @ b / lengths, -1, 1)) if lengths else 0.0
    # sin(ω) = 0 at ω = 0, where the arc is a point, and at ω = π, where every half circle is one.
    if np.isclose(np.sin(omega), 0, atol=1e-6):
        return interpolate(a, b, steps)
    # The weights of a and b go from (1, 0) to (0, 1); t is (steps, 1), so that each t gives a code.
    t = np.linspace(0, 1, steps)[:, None]
    return (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)


def principal_directions(z: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean code (latent_dim,), and the `count` directions (count, latent_dim) of most variance.

    Each direction is as long as the standard deviation of the codes along it: mean + 2 *
    direction lies two standard deviations away.
    """
    # The exact solver, whatever the sizes: a randomized one would depend on a seed.
    with np.errstate(invalid="ignore"):  # codes that are all alike have directions of length 0
        model = PCA(count, svd_solver="full").fit(z)
    # Components are unit vectors, (count, latent_dim): each is stretched by its standard deviation.
    return model.mean_, model.components_ * np.sqrt(model.explained_variance_)[:, None]


def outside_range(z: np.ndarray, z_train: np.ndarray) -> np.ndarray:
    """Per code, the share of its coordinates below 0 or above their training maximum: (n,).

    A share, and not whether there is any: with many coordinates, of which an encoder leaves
    some at exactly 0, nearly every edit makes one of them negative.
    """
    # Coordinate by coordinate against the training codes: 0 below, since they end in a ReLU, and
    # the largest that was seen, (latent_dim,), above.
    return np.mean((z < 0) | (z > z_train.max(axis=0)), axis=1)


def separation(values: np.ndarray, attribute: np.ndarray, strata: np.ndarray) -> float:
    """Share of pairs, one with the attribute and one without, of which the first is larger.

    Only pairs within one stratum count, so that what tells strata apart earns nothing; a tie is
    half. 0.5 by chance, 1 where a threshold a stratum would tell all apart: the area under the
    ROC curve, averaged over strata by their number of pairs.

    Arguments:
        values: (n,), such as codes projected on an attribute vector of other images.
        attribute: (n,) bool.
        strata: (n,) labels.

    Raises:
        ValueError: there is no such pair.
    """
    attribute = np.asarray(attribute, dtype=bool)
    right, pairs = 0.0, 0
    # The area under the curve is the share of right pairs within a stratum: times the number of
    # pairs there it is how many are right, and those add up.
    for stratum in np.unique(strata):
        members = strata == stratum
        has = attribute[members]
        if count := has.sum() * (~has).sum():
            right += count * roc_auc_score(has, values[members])
            pairs += count
    if not pairs:
        raise _nothing_to_compare(attribute, strata)
    return float(right / pairs)


def _nothing_to_compare(attribute: np.ndarray, strata: np.ndarray) -> ValueError:
    return ValueError(
        "Comparing within strata needs one that holds images with the attribute and images "
        f"without it. Received: {attribute.sum()} with, {(~attribute).sum()} without, in "
        f"{len(np.unique(strata))} strata, none of which holds both."
    )
