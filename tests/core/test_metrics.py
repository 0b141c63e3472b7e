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


def test_eye_sharpness_is_that_of_the_two_boxes():
    # 100 wide and 50 high: a box reaches 12 pixels to either side and 4 up and down.
    images = np.random.default_rng(2).integers(0, 256, (4, 50, 100, 3), dtype=np.uint8)
    eyes = np.array([
        [[0.3, 0.4], [0.7, 0.5]],
        [[0.0, 0.0], [1.0, 1.0]],  # at the picture's edge a box is cut
        [[-9.0, -9.0], [9.0, 9.0]],  # and outside of it has two pixels each way
        [[0.5, 0.02], [0.02, 0.5]],
    ])  # fmt: skip
    boxes = [
        [(slice(16, 24), slice(18, 42)), (slice(21, 29), slice(58, 82))],
        [(slice(0, 4), slice(0, 12)), (slice(46, 50), slice(88, 100))],
        [(slice(0, 2), slice(0, 2)), (slice(48, 50), slice(98, 100))],
        [(slice(0, 5), slice(38, 62)), (slice(21, 29), slice(0, 14))],
    ]
    edges = [cv2.Laplacian(image, cv2.CV_64F) for image in images]
    expected = [np.mean([edges[i][box].var() for box in boxes[i]]) for i in range(4)]
    assert metrics.eye_sharpness(images, eyes) == pytest.approx(expected)


def smooth(count=20):
    return np.stack([cv2.GaussianBlur(image, (0, 0), 3) for image in blobs(count, 40, seed=4)])


def test_noise():
    clean = smooth()
    grain = np.random.default_rng(0).normal(0, 10, clean.shape)
    noisy = np.clip(clean + grain, 0, 255).astype(np.uint8)
    assert metrics.noise(clean).max() < 1
    assert metrics.noise(noisy).mean() == pytest.approx(10, rel=0.15)
    # One number an image, also where an image has one colour.
    assert metrics.noise(noisy).shape == (20,)
    assert metrics.noise(np.full((2, 20, 20, 3), 9, np.uint8)).tolist() == [0, 0]


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
    assert metrics.checkerboard(images) == metrics.checkerboard(images, window=8)


def test_invented_detail():
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in IMAGES])
    assert metrics.invented_detail(IMAGES, IMAGES) == pytest.approx(0, abs=1e-9)
    assert metrics.invented_detail(IMAGES, NOISE).mean() > 0.95
    assert metrics.invented_detail(IMAGES, blurred).mean() < 0.7
    assert (metrics.invented_detail(IMAGES, np.full_like(IMAGES, 9)) == 1).all()
    assert (metrics.invented_detail(np.full_like(IMAGES, 9), IMAGES) == 1).all()
    # The negative of a picture has its edges, with the other sign.
    assert metrics.invented_detail(IMAGES, 255 - IMAGES) == pytest.approx(0, abs=1e-9)


def blurred(images, pixels):
    return np.stack([cv2.GaussianBlur(image, (0, 0), pixels) for image in images])


def noisy(images, grey_levels):
    grain = np.random.default_rng(3).normal(0, grey_levels, images.shape)
    return np.clip(np.rint(images + grain), 0, 255).astype(np.uint8)


def edge(at, height=50, size=40):
    """A picture that is black on the left and from column `at` on grey."""
    image = np.zeros((1, size, size, 3), np.uint8)
    image[:, :, at:] = height
    return image


def test_shared_detail_of_what_is_and_is_not_the_inputs():
    assert metrics.shared_detail(IMAGES, IMAGES) == pytest.approx(1)
    assert metrics.shared_detail(IMAGES, 255 - IMAGES) == pytest.approx(1)  # it knows no sign
    assert (metrics.shared_detail(IMAGES, np.full_like(IMAGES, 9)) == 0).all()
    assert (metrics.shared_detail(np.full_like(IMAGES, 9), IMAGES) == 0).all()
    assert metrics.shared_detail(NOISE, np.roll(NOISE, 1, axis=0)).mean() < 0.005
    # The more is blurred away, the less is left: a blurred noise has hardly any.
    shares = [metrics.shared_detail(NOISE, blurred(NOISE, p)).mean() for p in (0.3, 0.5, 1)]
    assert 1 > shares[0] > shares[1] > shares[2] > 0
    assert shares[2] < 0.01
    # Grain of its own hardly moves it, where the blur factor would grow with it.
    grainy = noisy(NOISE // 2 + 64, 20)
    assert metrics.shared_detail(NOISE // 2 + 64, grainy) == pytest.approx(1, abs=0.1)
    assert metrics.laplacian_variance(grainy).mean() > (
        1.2 * metrics.laplacian_variance(NOISE // 2 + 64).mean()
    )


def test_shared_detail_of_edges_by_hand():
    # The Laplacian of an edge is +50 beside it and -50 on it, and their mean is 0.
    whole = edge(20)
    for other, expected in (
        (edge(20, 25), 1 / 4),  # half the contrast: slope 1/2
        (edge(20, 100), 4),  # twice the contrast
        (edge(21), 1 / 4),  # a pixel off: the two meet in one column, slope -1/2
        (edge(22), 0),
        (edge(30), 0),
        (np.maximum(whole, edge(30, 100)), 1),  # another edge besides: (50, 100) has slope 1
    ):
        assert metrics.shared_detail(whole, other) == pytest.approx(expected, abs=1e-12)


def test_shared_detail_is_r_squared_times_the_ratio_of_the_variances():
    other = noisy(blurred(NOISE, 0.5), 30)
    for image, output, found in zip(NOISE, other, metrics.shared_detail(NOISE, other), strict=True):
        x, y = (cv2.Laplacian(picture, cv2.CV_64F).ravel() for picture in (image, output))
        assert found == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2 * y.var() / x.var())
        assert found == pytest.approx(np.polyfit(x, y, 1)[0] ** 2)


EYES = np.array([[[0.3, 0.4], [0.7, 0.4]]])


def test_eye_detail_looks_at_the_eyes_alone():
    images = np.random.default_rng(5).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    eyes = np.repeat(EYES, 3, axis=0)
    assert metrics.eye_detail(images, images, eyes) == pytest.approx(1)
    # Boxes reach 5 pixels to either side and 3 up and down: rows 13 to 18 and these columns.
    elsewhere = np.full_like(images, 9)
    elsewhere[:, 12:20, 6:18] = images[:, 12:20, 6:18]  # one more pixel, for its edges
    assert metrics.eye_detail(images, elsewhere, eyes) == pytest.approx(1 / 2)  # one eye of two
    elsewhere[:, 12:20, 22:34] = images[:, 12:20, 22:34]
    assert metrics.eye_detail(images, elsewhere, eyes) == pytest.approx(1)
    assert metrics.shared_detail(images, elsewhere).max() < 0.3
    lost = images.copy()
    lost[:, 12:20] = 9
    assert metrics.eye_detail(images, lost, eyes).tolist() == [0, 0, 0]
    assert metrics.eye_detail(images, 255 - lost, eyes).tolist() == [0, 0, 0]


def test_eye_detail_of_edges_by_hand():
    # One eye's edge has half its contrast, the other's is gone: (1/4 + 0) / 2.
    images, outputs = edge(12), edge(12, 25)
    images[:, :, 20:28], outputs[:, :, 20:28] = 0, 0  # black between, and grey from 28 on
    outputs[:, :, 20:] = 25
    assert metrics.eye_detail(images, outputs, EYES) == pytest.approx((1 / 4 + 0) / 2, abs=1e-12)


def test_invented_form():
    faces = blurred(blobs(20, 40, seed=4), 1)
    assert metrics.invented_form(faces, faces) == pytest.approx(0, abs=1e-9)
    assert metrics.invented_form(faces, 255 - faces) == pytest.approx(0, abs=1e-9)
    # Somebody else's form is invented, and so is any where there is none.
    assert metrics.invented_form(faces, np.roll(faces, 1, axis=0)).mean() > 0.9
    assert (metrics.invented_form(faces, np.full_like(faces, 9)) == 1).all()
    assert (metrics.invented_form(np.full_like(faces, 9), faces) == 1).all()
    # A blur invents little, and grain much less than what `invented_detail` makes of it.
    assert metrics.invented_form(faces, blurred(faces, 1)).mean() < 0.1
    grainy = noisy(faces, 4)
    assert metrics.invented_detail(faces, grainy).mean() > 0.8
    assert metrics.invented_form(faces, grainy).mean() < 0.4


def test_invented_form_of_a_displaced_edge():
    # The Laplacian of a blurred edge is a Gaussian's first derivative. Two of standard deviation 1
    # that lie d pixels apart correlate by exp(-d**2 / 4) * (1 - d**2 / 2).
    for d in range(4):
        r = np.exp(-(d**2) / 4) * (1 - d**2 / 2)
        found = metrics.invented_form(edge(20), edge(20 + d))
        assert found == pytest.approx(1 - r**2, abs=0.06 if d else 1e-9)


def test_form_is_seen_at_a_fortieth_of_the_width():
    faces = blobs(5, 80, seed=4)
    for width in (40, 80):
        chosen = np.stack([cv2.resize(face, (width, width)) for face in faces])
        expected = [
            np.corrcoef(*(
                cv2.Laplacian(cv2.GaussianBlur(p.astype(float), (0, 0), width / 40), -1).ravel()
                for p in pair
            ))[0, 1]
            for pair in zip(chosen, np.roll(chosen, 1, axis=0), strict=True)
        ]  # fmt: skip
        found = metrics.invented_form(chosen, np.roll(chosen, 1, axis=0))
        assert found == pytest.approx(1 - np.square(expected))


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
    # A logit of 0 is undecided, and counts as called fake.
    near = np.array([[0.0], [0.5]], "float32")
    undecided = metrics.discriminator_scores(near, near)
    assert undecided["d_accuracy_real"] == undecided["d_accuracy_fake"] == 0.5


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
    assert (mean == np.rint(train.mean(axis=0))).all()
    assert mean.dtype == np.uint8
    # 4 x 4 x 3 numbers make a blob, so 48 components (almost) give it back.
    errors = {
        components: metrics.mean_squared_errors(
            test, metrics.pca_reconstruction(train, test, components)
        ).mean()
        for components in (1, 48)
    }
    assert metrics.mean_squared_errors(test, mean).mean() > errors[1] > 50 * errors[48]


def test_pca_is_the_same_every_time_and_takes_no_more_components_than_there_are():
    first, second = (metrics.pca_reconstruction(NOISE, NOISE, 5) for _ in range(2))
    assert (first == second).all()
    few, small = NOISE[:5], NOISE[:, :2, :2]
    assert (metrics.pca_reconstruction(few, few, 48) == few).all()
    assert (metrics.pca_reconstruction(small, small, 48) == small).all()


def test_pca_by_singular_values_cut_off_at_black_and_white():
    train, images = np.split(np.where(IMAGES < 128, 0, 255).astype(np.uint8), [20])
    rows = [array.reshape(20, -1).astype(float) for array in (train, images)]
    mean = rows[0].mean(axis=0)
    components = np.linalg.svd(rows[0] - mean, full_matrices=False)[2][:15]
    expected = (mean + (rows[1] - mean) @ components.T @ components).reshape(images.shape)
    assert (expected < -1).any() and (expected > 256).any()
    found = metrics.pca_reconstruction(train, images, 15)
    assert found.dtype == np.uint8
    assert found == pytest.approx(np.clip(expected, 0, 255), abs=0.51)


def test_pairs_are_checked():
    for measure in (metrics.psnr, metrics.ssim, metrics.shared_detail, metrics.invented_form):
        with pytest.raises(ValueError, match="one shape"):
            measure(IMAGES, IMAGES[:3])
    with pytest.raises(ValueError, match="one shape"):
        metrics.eye_detail(IMAGES, IMAGES[:3], np.repeat(EYES, len(IMAGES), axis=0))
