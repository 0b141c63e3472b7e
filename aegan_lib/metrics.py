"""What is measured on images that no network was trained on.

Images are (n, h, w, 3) uint8 unless said otherwise, and a measure of images is given per
image, (n,), so that a caller can average it or draw its distribution.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from skimage.metrics import structural_similarity
from skimage.restoration import estimate_sigma
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances_argmin

from aegan_lib.backend import ops
from aegan_lib.losses import binary_cross_entropy

Images = np.ndarray
EYE_BOX = (0.12, 0.08)  # half the width and height of an eye's box, as shares of the picture's
FORM = 1 / 40  # standard deviation of the blur that leaves form alone, as a share of the width
FLAT = 1e-9  # variance in squared grey levels, far below that of one byte that differs by 1


def laplacian_variance(images: Images) -> np.ndarray:
    """The documents' "blur factor" per image: the larger, the sharper.

    `cv2.Laplacian(image, cv2.CV_64F).var()` of the 8-bit colour image, in squared grey levels;
    the documents truncate it to an integer, we do not. It rewards noise as much as detail.
    """
    # Floats, since 8 bits would cut off the negative half of every edge.
    return np.array([cv2.Laplacian(image, cv2.CV_64F).var() for image in images])


def eye_sharpness(images: Images, eyes: np.ndarray) -> np.ndarray:
    """The blur factor per image inside boxes around the two eyes, their mean.

    Arguments:
        images: (n, h, w, 3) uint8.
        eyes: (n, 2, 2) centres (x, y) of both eyes, as shares of width and height.
    """
    boxes = _eye_boxes(images, eyes)
    values = np.empty(len(images))
    for i, image in enumerate(images):
        # Filtered before it is cut out, so that a box's own border is no edge in it.
        edges = _laplacian(image)
        values[i] = np.mean([edges[box].var() for box in boxes[i]])
    return values


def eye_detail(images: Images, outputs: Images, eyes: np.ndarray) -> np.ndarray:
    """`shared_detail` per image inside boxes around the two eyes, their mean: 0 or more.

    A few hundred values decide it, so that a single image's number says little.

    Arguments:
        images: (n, h, w, 3) uint8.
        outputs: of the same shape.
        eyes: (n, 2, 2) centres (x, y) of both eyes in `images`, as shares of width and height.
    """
    _require_pairs(images, outputs)
    boxes = _eye_boxes(images, eyes)
    values = np.empty(len(images))
    for i, (image, output) in enumerate(zip(images, outputs, strict=True)):
        theirs, ours = _laplacian(image), _laplacian(output)
        values[i] = np.mean([_shared(theirs[box], ours[box]) for box in boxes[i]])
    return values


def noise(images: Images) -> np.ndarray:
    """Standard deviation of the noise per image, in grey levels, by Donoho's wavelet estimate.

    (scikit-image: the median size of the finest diagonal wavelets.) It sees grain everywhere in
    the picture; fine texture counts as noise, noise in less than half of the picture as none.
    """
    # An image of one colour has no wavelets to take a median of.
    return np.array(
        [
            estimate_sigma(image, channel_axis=-1, average_sigmas=True) if np.ptp(image) else 0.0
            for image in images
        ]
    )


def checkerboard(images: Images, window: int = 8) -> np.ndarray:
    """How strong a pattern with a period of 2 pixels is per image, in grey levels.

    The local amplitude, within `window` pixels, of the three alternations that a transposed
    convolution of stride 2 can leave: along rows, along columns, and both. Noise averages out
    in a window, and an edge alternates only once; a pattern elsewhere in the spectrum is not
    seen. The idea of looking there: Odena et al., "Deconvolution and Checkerboard Artifacts".
    """
    height, width = images.shape[1:3]
    # 1, -1, 1, ... down the rows, (h, 1), and across the columns, (1, w).
    down, across = np.ix_(1 - 2 * (np.arange(height) % 2), 1 - 2 * (np.arange(width) % 2))
    middle = np.array([0.25, 0.5, 0.25])  # cancels every alternation: the rest is looked at
    # The three alternations as pictures (h, w).
    carriers = (*np.broadcast_arrays(down, across), down * across)
    values = np.empty(len(images))
    for i, image in enumerate(images):
        grey = image.mean(axis=-1)  # of bytes, in float64
        # What smoothing took away: all of the alternations, and little of edges and shades.
        rest = grey - cv2.sepFilter2D(grey, cv2.CV_64F, middle, middle)
        # Times its carrier, an alternation becomes constant, and the mean over a window is its
        # amplitude there; whatever else was in the picture now alternates, and averages out.
        amplitudes = [cv2.boxFilter(rest * c, cv2.CV_64F, (window, window)) for c in carriers]
        # The three are orthogonal, so their squares add up: (3, h, w) -> (h, w) -> one number.
        values[i] = np.sqrt(np.mean(np.square(amplitudes).sum(axis=0)))
    return values


def invented_detail(images: Images, outputs: Images) -> np.ndarray:
    """Share of each output's fine detail that its input does not have: 0 to 1.

    Detail is the Laplacian; the share is 1 - r**2, with r its correlation with the input's.
    It is 0 where the output's edges are the input's, however faint, and 1 for detail from
    nowhere. A displaced edge counts as invented, and so does noise.
    """
    r = _per_pair(lambda x, y: _correlation(_laplacian(x), _laplacian(y)), images, outputs)
    return 1 - r**2


def invented_form(images: Images, outputs: Images) -> np.ndarray:
    """`invented_detail` of the form alone, so that noise counts for little: 0 to 1.

    Both pictures are blurred first, by a Gaussian with a standard deviation of a fortieth of
    their width: one pixel of 40. A blurred output may have all of the input's form; what is finer
    than the blur, a misplaced eyelash too, is not seen.
    """
    r = _per_pair(lambda x, y: _correlation(_form(x), _form(y)), images, outputs)
    return 1 - r**2


def shared_detail(images: Images, outputs: Images) -> np.ndarray:
    """How much of each input's fine detail its output holds, a measure of fidelity: 0 or more.

    Detail is the Laplacian, of all pixels and colours. With r the correlation of the two, it is

        r**2 * variance(output's) / variance(input's),

    the square of the slope of the output's detail regressed on the input's: 1 for the input
    itself, 0 for an output without detail, near 0 for detail from nowhere, and 0 where the input
    has none. A blur lowers it, noise that is added hardly moves it. It is not bounded by 1: twice
    the contrast gives 4. Nor does it know the sign: an edge one pixel off counts for a quarter,
    further off for nothing, and a negative for all.

    >>> edge = np.zeros((1, 8, 8, 3), np.uint8)
    >>> edge[:, :, 4:] = 100
    >>> half, displaced = edge // 2, np.roll(edge, 1, axis=2)
    >>> displaced[:, :, 0] = 0
    >>> [float(shared_detail(edge, other).round(3)[0]) for other in (edge, half, displaced)]
    [1.0, 0.25, 0.25]
    """
    return _per_pair(lambda x, y: _shared(_laplacian(x), _laplacian(y)), images, outputs)


def mean_squared_errors(images: Images, others: Images) -> np.ndarray:
    """Per image, in the units of training: both scaled to [-1, 1]."""
    _require_pairs(images, others)
    difference = images.astype(np.float32) - others.astype(np.float32)
    # Grey levels / 127.5 are distances in [-1, 1]; (n, h, w, 3) -> (n,).
    return np.mean((difference / 127.5) ** 2, axis=(1, 2, 3))


def psnr(images: Images, others: Images) -> np.ndarray:
    """Peak signal-to-noise ratio per image in dB, peak to peak 255; infinite where equal.

    >>> black = np.zeros((1, 8, 8, 3), np.uint8)
    >>> psnr(black, black + np.uint8(255))
    array([0.], dtype=float32)
    """
    with np.errstate(divide="ignore"):
        # In [-1, 1] the distance from black to white is 2, and its square 4.
        return 10 * np.log10(4 / mean_squared_errors(images, others))


def ssim(images: Images, others: Images) -> np.ndarray:
    """Structural similarity per image in [-1, 1], 1 where equal (scikit-image, 7 x 7 window)."""
    # Of bytes, so that it knows their range: 255.
    return _per_pair(lambda x, y: structural_similarity(x, y, channel_axis=-1), images, others)


def discriminator_scores(real_logits: np.ndarray, fake_logits: np.ndarray) -> dict[str, float]:
    """Loss (nats) and accuracy (share) of a discriminator, from its logits (n, 1)."""
    # A logit above 0 is a probability of "real" above a half.
    real = np.ones_like(real_logits)
    fake = np.zeros_like(fake_logits)
    return {
        "d_loss_real": _scalar(binary_cross_entropy(real, real_logits)),
        "d_loss_fake": _scalar(binary_cross_entropy(fake, fake_logits)),
        "d_accuracy_real": float(np.mean(real_logits > 0)),
        "d_accuracy_fake": float(np.mean(fake_logits <= 0)),
    }


def input_dependence(images: Images, outputs: Images) -> float:
    """Share of outputs whose nearest input, by squared error, is their own.

    1 where every output still belongs to its input, 1/n where outputs no longer depend on it.
    """
    _require_pairs(images, outputs)
    # Each row is an output; its nearest row among the inputs should have its number.
    nearest = pairwise_distances_argmin(_rows(outputs), _rows(images))
    return float(np.mean(nearest == np.arange(len(images))))


def output_diversity(images: Images, outputs: Images) -> float:
    """How much the outputs differ from one another, as a share of how much the inputs do.

    The standard deviation of each value of each pixel over the images, averaged over all of
    them: 1 where outputs are as diverse as inputs, 0 where all outputs are the same image.
    """
    _require_pairs(images, outputs)
    # The standard deviation over the images, (n, h, w, 3) -> (h, w, 3), then the mean of them all.
    spread = [np.std(array, axis=0).mean() for array in (outputs, images)]
    return float(spread[0] / spread[1])


def dead_units(codes: np.ndarray) -> int:
    """How many of the code's units, (n, latent_dim) >= 0, are 0 for every image."""
    # Below a ReLU such a unit gets no gradient from these images: training hardly brings it back.
    return int(np.sum(~np.any(codes > 0, axis=0)))


def mean_face(train: Images, images: Images) -> Images:
    """The yardstick that ignores its input: the training images' mean, n times."""
    # Integers are summed in float64, where thousands of images lose no digit.
    mean = np.asarray(train).mean(axis=0)
    return np.broadcast_to(_to_bytes(mean), images.shape)


def pca_reconstruction(train: Images, images: Images, components: int) -> Images:
    """The linear yardstick: `images` through the training images' principal components.

    `components` is how many of them are kept; there are no more than training images, or than
    values in an image.
    """
    return through_components(principal_components(train, components), images)


def principal_components(train: Images, components: int) -> PCA:
    """The training images' first `components`, or as many as there are."""
    limit = min(components, len(train), train[0].size)
    # Only the first few are wanted, which the randomized solver finds many times faster; its state
    # is fixed, so that the yardstick is the same every time.
    return PCA(limit, svd_solver="randomized", random_state=0).fit(_rows(train))


def through_components(model: PCA, images: Images) -> Images:
    """`images` through the components that `principal_components` found."""
    # Down to the components and back, (n, h * w * 3) -> (n, components) -> (n, h * w * 3).
    return _to_bytes(model.inverse_transform(model.transform(_rows(images)))).reshape(images.shape)


def _rows(images: Images) -> np.ndarray:
    # (n, h, w, 3) -> (n, h * w * 3)
    return images.reshape(len(images), -1).astype(np.float32)


def _laplacian(image: np.ndarray) -> np.ndarray:
    return cv2.Laplacian(image, cv2.CV_64F)


def _form(image: np.ndarray) -> np.ndarray:
    """The Laplacian of the blurred image."""
    # Of floats: rounded to bytes again, a blurred picture would have steps for edges. With a size
    # of (0, 0), OpenCV itself chooses how far a Gaussian reaches: four standard deviations.
    blurred = cv2.GaussianBlur(image.astype(np.float64), (0, 0), FORM * image.shape[1])
    return _laplacian(blurred)


def _correlation(theirs: np.ndarray, ours: np.ndarray) -> float:
    """Of two Laplacians value by value, over pixels and colours alike: -1 to 1."""
    # A picture without any edges has none in common with the other.
    if min(theirs.var(), ours.var()) < FLAT:
        return 0.0
    return float(np.corrcoef(theirs.ravel(), ours.ravel())[0, 1])


def _shared(theirs: np.ndarray, ours: np.ndarray) -> float:
    """The square of the slope of one Laplacian regressed on the other, 0 where there is none."""
    if theirs.var() < FLAT:
        return 0.0
    return _correlation(theirs, ours) ** 2 * float(ours.var() / theirs.var())


def _eye_boxes(images: Images, eyes: np.ndarray) -> list[list[tuple[slice, slice]]]:
    """For each image where its two eyes are, as rows and columns of pixels."""
    # (width, height): an array's shape has the height first, while the centres are (x, y).
    size = np.array(images.shape[2:0:-1])
    half = np.array(EYE_BOX) * size
    # Corners of the boxes in pixels, (n, 2, 2) each. At the picture's edge a box is cut, but keeps
    # at least two pixels each way, so that it has a variance.
    low = np.clip(np.rint(eyes * size - half), 0, size - 2)
    high = np.maximum(np.rint(eyes * size + half), low + 2)
    boxes = np.concatenate([low, high], axis=-1).astype(int)
    return [[(slice(y, b), slice(x, r)) for x, y, r, b in pair] for pair in boxes]


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _per_pair(
    measure: Callable[[np.ndarray, np.ndarray], float], images: Images, outputs: Images
) -> np.ndarray:
    """`measure` of each image and its output, (n,)."""
    _require_pairs(images, outputs)
    return np.array([measure(x, y) for x, y in zip(images, outputs, strict=True)])


def _scalar(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def _require_pairs(images: np.ndarray, others: np.ndarray) -> None:
    if images.shape != others.shape:
        raise ValueError(
            "Images are compared in pairs, so both arrays must have one shape. "
            f"Received: {images.shape} and {others.shape}."
        )
