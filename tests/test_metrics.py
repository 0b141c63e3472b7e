"""Every metric on a case known to be good and one known to be bad."""

import cv2
import numpy as np
import pytest

from aegan_lib import metrics
from tests.conftest import blobs

IMAGES = blobs(40, 20, seed=0)
NOISE = np.random.default_rng(1).integers(0, 256, IMAGES.shape, dtype=np.uint8)


def test_laplacian_variance():
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 2) for image in NOISE])
    assert (metrics.laplacian_variance(NOISE) > 10 * metrics.laplacian_variance(blurred)).all()
    assert metrics.laplacian_variance(np.full((1, 20, 20, 3), 9, np.uint8)) == 0
    # One bright pixel: the kernel (0 1 0; 1 -4 1; 0 1 0) leaves -40 and four 10s among 400.
    dot = np.zeros((1, 20, 20, 3), np.uint8)
    dot[0, 10, 10] = 10
    assert metrics.laplacian_variance(dot) == pytest.approx((40**2 + 4 * 10**2) / 400)


def test_mse_and_psnr():
    shifted = np.full((2, 4, 4, 3), 100, np.uint8)
    images = np.full((2, 4, 4, 3), 151, np.uint8)  # 51 grey levels = 0.4 in [-1, 1]
    assert metrics.mean_squared_errors(images, shifted) == pytest.approx([0.16, 0.16])
    assert metrics.psnr(images, shifted) == pytest.approx(20 * np.log10(255 / 51))
    assert np.isinf(metrics.psnr(images, images)).all()


def test_ssim():
    assert metrics.ssim(IMAGES, IMAGES) == pytest.approx(1)
    assert metrics.ssim(IMAGES, NOISE).mean() < 0.2


def test_discriminator_scores():
    certain = np.full((8, 1), 30.0, "float32")
    good = metrics.discriminator_scores(certain, -certain)
    bad = metrics.discriminator_scores(-certain, certain)
    assert good["d_accuracy_real"] == good["d_accuracy_fake"] == 1
    assert bad["d_accuracy_real"] == bad["d_accuracy_fake"] == 0
    assert good["d_loss_real"] == pytest.approx(0, abs=1e-9)
    assert bad["d_loss_fake"] == pytest.approx(30)
    half = metrics.discriminator_scores(
        np.tile(np.array([[30.0], [-30.0]], "float32"), (4, 1)), certain
    )
    assert half["d_accuracy_real"] == 0.5


def test_input_dependence():
    assert metrics.input_dependence(IMAGES, IMAGES) == 1
    same = np.broadcast_to(IMAGES[:1], IMAGES.shape)
    assert metrics.input_dependence(IMAGES, same) == 1 / len(IMAGES)
    assert metrics.input_dependence(IMAGES, np.roll(IMAGES, 1, axis=0)) == 0


def test_output_diversity():
    assert metrics.output_diversity(IMAGES, IMAGES) == 1
    assert metrics.output_diversity(IMAGES, np.broadcast_to(IMAGES[:1], IMAGES.shape)) == 0
    towards_grey = (IMAGES.astype(float) / 2 + 64).astype(np.uint8)
    assert metrics.output_diversity(IMAGES, towards_grey) == pytest.approx(0.5, abs=0.01)


def test_yardsticks():
    train, test = blobs(200, 20, seed=2), blobs(40, 20, seed=3)
    mean = metrics.mean_face(train, test)
    assert mean.shape == test.shape
    assert (mean == mean[0]).all()
    # 4 x 4 x 3 numbers make a blob, so 48 components (almost) give it back.
    errors = {
        components: metrics.mean_squared_errors(
            test, metrics.pca_reconstruction(train, test, components)
        ).mean()
        for components in (1, 48)
    }
    assert metrics.mean_squared_errors(test, mean).mean() > errors[1] > 50 * errors[48]


def test_pairs_are_checked():
    with pytest.raises(ValueError, match="one shape"):
        metrics.psnr(IMAGES, IMAGES[:3])
