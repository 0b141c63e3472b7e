"""What is measured on images that no network was trained on.

Images are (n, h, w, 3) uint8 unless said otherwise, and a measure of images is given per
image, (n,), so that a caller can average it or draw its distribution.
"""

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
    # (width, height): an array's shape has the height first, while the centres are (x, y).
    size = np.array(images.shape[2:0:-1])
    half = np.array(EYE_BOX) * size
    # Corners of the boxes in pixels, (n, 2, 2) each. At the picture's edge a box is cut, but keeps
    # at least two pixels each way, so that it has a variance.
    low = np.clip(np.rint(eyes * size - half), 0, size - 2)
    high = np.maximum(np.rint(eyes * size + half), low + 2)
    boxes = np.concatenate([low, high], axis=-1).astype(int)
    values = np.empty(len(images))
    for i, image in enumerate(images):
        # Filtered before it is cut out, so that a box's own border is no edge in it.
        edges = _laplacian(image)
        values[i] = np.mean([edges[y:y_end, x:x_end].var() for x, y, x_end, y_end in boxes[i]])
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
    nowhere. A displaced edge counts as invented.
    """
    _require_pairs(images, outputs)
    shares = []
    for image, output in zip(images, outputs, strict=True):
        # Correlated value by value, over pixels and colours alike: (h * w * 3,) each.
        theirs, ours = _laplacian(image).ravel(), _laplacian(output).ravel()
        # A picture without any edges has none in common with the other: r = 0.
        edges_in_both = theirs.any() and ours.any()
        r = np.corrcoef(theirs, ours)[0, 1] if edges_in_both else 0.0
        shares.append(1 - r**2)
    return np.array(shares)


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
    _require_pairs(images, others)
    return np.array(
        [
            structural_similarity(image, other, channel_axis=-1)  # of bytes: their range is 255
            for image, other in zip(images, others, strict=True)
        ]
    )


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
    limit = min(components, len(train), train[0].size)
    # Only the first few are wanted, which the randomized solver finds many times faster; its state
    # is fixed, so that the yardstick is the same every time.
    model = PCA(limit, svd_solver="randomized", random_state=0).fit(_rows(train))
    # Down to the components and back, (n, h * w * 3) -> (n, components) -> (n, h * w * 3).
    return _to_bytes(model.inverse_transform(model.transform(_rows(images)))).reshape(images.shape)


def _rows(images: Images) -> np.ndarray:
    # (n, h, w, 3) -> (n, h * w * 3)
    return images.reshape(len(images), -1).astype(np.float32)


def _laplacian(image: np.ndarray) -> np.ndarray:
    return cv2.Laplacian(image, cv2.CV_64F)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _scalar(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def _require_pairs(images: np.ndarray, others: np.ndarray) -> None:
    if images.shape != others.shape:
        raise ValueError(
            "Images are compared in pairs, so both arrays must have one shape. "
            f"Received: {images.shape} and {others.shape}."
        )
