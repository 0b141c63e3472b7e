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


def test_eye_sharpness_looks_at_the_eyes_alone():
    images = np.full((2, 40, 40, 3), 128, np.uint8)
    eyes = np.array([[[0.3, 0.4], [0.7, 0.4]]] * 2)
    images[0, 16, 12] = 255  # in an eye
    images[1, 30, 20] = 255  # at the mouth
    values = metrics.eye_sharpness(images, eyes)
    assert values[0] > 100
    assert values[1] == 0
    at_the_edge = metrics.eye_sharpness(images, np.array([[[0.0, 0.0], [1.0, 1.0]]] * 2))
    assert (at_the_edge == 0).all()


def smooth(count=20):
    return np.stack([cv2.GaussianBlur(image, (0, 0), 3) for image in blobs(count, 40, seed=4)])


def test_noise():
    clean = smooth()
    grain = np.random.default_rng(0).normal(0, 10, clean.shape)
    noisy = np.clip(clean + grain, 0, 255).astype(np.uint8)
    assert metrics.noise(clean).max() < 1
    assert metrics.noise(noisy).mean() == pytest.approx(10, rel=0.15)


def test_checkerboard_sees_the_pattern_and_not_noise_or_edges():
    clean = smooth()
    signs = (-1) ** np.add.outer(np.arange(40), np.arange(40))[..., None]
    grain = np.random.default_rng(0).normal(0, 10, clean.shape)
    edges = np.where(np.arange(40)[:, None, None] < 20, 0, 255) + np.zeros((20, 40, 40, 3))
    patterned, noisy = (np.clip(clean + x, 0, 255).astype(np.uint8) for x in (10 * signs, grain))
    strength = {
        name: metrics.checkerboard(images).mean()
        for name, images in {
            "clean": clean, "patterned": patterned, "noisy": noisy, "edges": edges.astype(np.uint8),
        }.items()
    }  # fmt: skip
    assert strength["clean"] < 0.5
    assert strength["patterned"] == pytest.approx(10, rel=0.2)
    assert strength["noisy"] < 3
    assert strength["edges"] < 10  # an edge of 255 grey levels


@pytest.mark.parametrize("axis", [0, 1])
def test_checkerboard_sees_stripes(axis):
    stripes = np.indices((40, 40))[axis] % 2 * 20 + 100
    images = np.broadcast_to(stripes[None, ..., None], (1, 40, 40, 3)).astype(np.uint8)
    assert metrics.checkerboard(images) == pytest.approx(10, rel=0.3)


def test_invented_detail():
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in IMAGES])
    assert metrics.invented_detail(IMAGES, IMAGES) == pytest.approx(0, abs=1e-9)
    assert metrics.invented_detail(IMAGES, NOISE).mean() > 0.95
    assert metrics.invented_detail(IMAGES, blurred).mean() < 0.7
    assert (metrics.invented_detail(IMAGES, np.full_like(IMAGES, 9)) == 1).all()


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
