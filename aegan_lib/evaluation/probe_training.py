"""How probes are trained: on real faces, and the hardened one on real faces that were made worse.

Neither ever sees a reconstruction. To a probe of flawless faces, though, everything blurred or
grainy is strange, and what it says there may be anything. The hardened probe has other initial
weights, and half of the faces that it learned from were blurred or grainy.
"""

import cv2
import numpy as np
from tqdm import tqdm

from aegan_lib.backend import keras
from aegan_lib.dataset import Dataset
from aegan_lib.models import apply, halvings

# Of initial weights, dropout and shuffling; a run's own seed leaves the probes alone.
SEED, HARDENED_SEED = 0, 100
FILTERS = 32  # of the first convolution; each halving of the image doubles them
BATCH_SIZE, BATCHES, EPOCHS = 64, 1000, (3, 20)  # BATCHES in all, within these limits of epochs
LEARNING_RATE = 4e-3  # of Adam at the start; it falls to 0 along a cosine
BLUR = 1.5  # largest standard deviation, in pixels of a picture 40 px wide
NOISE = 16.0  # largest standard deviation, in grey levels


def trained_weights(
    dataset: Dataset, size: int, hardened: bool, progress: bool
) -> list[np.ndarray]:
    """Those after the epoch with the smallest cross-entropy on validation images.

    A hardened probe is trained and checked on `worsened` images, others in every epoch.
    """
    seed = HARDENED_SEED if hardened else SEED
    # Images (n, h, w, 3) uint8 and what is true of them, (n, attributes) in {0, 1}.
    x, truth = dataset.train.images, dataset.train.attributes.to_numpy(np.float32)
    checked, right = dataset.validation.images, dataset.validation.attributes.to_numpy(np.float32)
    if hardened:
        checked = worsened(checked, np.random.default_rng([seed, 0, 2]))
    # Rounded up: here a smaller last batch does no harm. About as many batches in all for any
    # dataset, since few images need more epochs.
    batches = -(-len(x) // BATCH_SIZE)
    epochs = int(np.clip(BATCHES // batches, *EPOCHS))
    model = classifier(size, truth.shape[1], seed)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * batches)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), cross_entropy, jit_compile=False)
    # Every epoch's weights are kept until the best is known; the network is small.
    trained = []  # (loss, epoch, weights)
    what = "training the hardened probe" if hardened else "training the probe"
    for epoch in tqdm(range(epochs), what, unit="epoch", disable=not progress):
        # Functions of the epoch, as in training: no generator's state stands behind them.
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        flaws = np.random.default_rng([seed, epoch, 1])
        for chosen in np.array_split(order, batches):
            images = worsened(x[chosen], flaws) if hardened else x[chosen]
            model.train_on_batch(images, truth[chosen])
        loss = float(cross_entropy(right, apply(model, checked)))
        trained.append((loss, epoch, model.get_weights()))
    # Of equal losses the earlier epoch, so that weights themselves are never compared.
    return min(trained)[2]


def worsened(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Images (n, h, w, 3) uint8, half of them blurred or given noise, each to another degree.

    A quarter each on average: blurred by a Gaussian of up to BLUR pixels of a picture 40 px wide,
    and with noise of up to NOISE grey levels, in standard deviations.
    """
    worse = np.array(images)
    kinds = rng.integers(4, size=len(images))  # blurred, grainy, and twice as it is
    degrees = rng.uniform(1e-3, 1, len(images))  # OpenCV takes a deviation of 0 for none given
    for i in np.flatnonzero(kinds == 0):
        worse[i] = cv2.GaussianBlur(worse[i], (0, 0), degrees[i] * BLUR * images.shape[2] / 40)
    for i in np.flatnonzero(kinds == 1):
        grain = rng.normal(0, degrees[i] * NOISE, worse[i].shape)
        worse[i] = np.clip(np.rint(worse[i] + grain), 0, 255)
    return worse


def classifier(size: int, attributes: int, seed: int = SEED) -> keras.Model:
    """Images (n, size, size, 3) uint8 -> logits (n, attributes), of seeded initial weights."""
    layers, depth = keras.layers, halvings(size)
    # A seed for each layer, or two layers of one shape would start alike.
    *starts, last = (keras.initializers.GlorotUniform(seed=seed + i) for i in range(depth + 1))
    network = [keras.Input((size, size, 3), dtype="uint8"), layers.Rescaling(1 / 127.5, offset=-1)]
    # (n, size, size, 3) -> (n, 5, 5, filters): each layer halves the image and doubles the filters.
    for i, start in enumerate(starts):
        convolution = layers.Conv2D(FILTERS * 2**i, 3, 2, "same", kernel_initializer=start)
        network += [convolution, layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    network += [layers.Flatten(), layers.Dropout(0.5, seed=seed)]  # faces are aligned: no pooling
    return keras.Sequential([*network, layers.Dense(attributes, kernel_initializer=last)])
