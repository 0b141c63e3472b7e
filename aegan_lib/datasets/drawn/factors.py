"""The true factors of a face, how they are drawn, and the attributes that follow from them.

Every factor is drawn independently of every other one, with two stated exceptions:

- **Male** is drawn first, and alone decides the ranges of `jaw`, `brow_thickness`, `lashes`,
  `lipstick`, `hair_length`, `beard` and `mustache` (`MALE_RANGES`).
- **Smiling** decides the ranges of `smile` and `mouth_open` (`SMILING_RANGES`). Corners of the
  mouth, cheeks, folds, lids and brows follow from `smile`.

Skin, age, hair colour, background, clothes, glasses, light and pose have no part in either, and
the two have none in each other. What the factors leave open, such as where each strand lies, is
drawn at random from `detail_seed`, see `detail`. That the dataset's men wear no
lipstick and have shorter hair is a convention that makes `Male` visible, as it is in CelebA's
labels; it says nothing about people.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from aegan_lib.errors import UserError


class Factor(NamedTuple):
    """One true factor of a face, uniform in [low, high] unless `shares` or `given` says more."""

    low: float
    high: float
    unit: str
    meaning: str
    shares: tuple[float, ...] = ()
    """Probabilities of the classes 0, 1, ...; two of them make a boolean column."""
    given: str = ""
    """The attribute that this factor helps to define: its range is in that attribute's table."""


# A class is a place in these lists; `anatomy` has its colours in the same order.
HAIR_COLOURS = ("black", "brown", "blond", "red", "gray")
IRIS_COLOURS = ("brown", "hazel", "green", "blue", "gray")

# The order is part of the data: each factor takes the next column of random numbers.
FACTORS: dict[str, Factor] = {
    "male": Factor(0, 1, "boolean", "the attribute Male; draws nothing itself", (0.5, 0.5)),
    "skin_tone": Factor(0, 1, "share", "palest to darkest skin"),
    "skin_undertone": Factor(-1, 1, "share", "cool to warm skin"),
    "age": Factor(0, 1, "share", "smooth to wrinkled skin"),
    "face_width": Factor(-1, 1, "share", "narrow to wide"),
    "face_length": Factor(-1, 1, "share", "short to long chin"),
    "jaw": Factor(0, 1, "share", "tapered to square jaw and neck", given="Male"),
    "eye_size": Factor(-1, 1, "share", "small to large"),
    "eye_openness": Factor(-1, 1, "share", "narrow to wide open"),
    "eye_spacing": Factor(-1, 1, "share", "close to wide-set"),
    "eye_tilt": Factor(-1, 1, "share", "outer corners low to high"),
    "iris_colour": Factor(0, 4, "class", ", ".join(IRIS_COLOURS), (0.4, 0.15, 0.15, 0.2, 0.1)),
    "lashes": Factor(0, 1, "share", "bare lids to lashes with eye shadow", given="Male"),
    "brow_thickness": Factor(0, 1, "share", "thin to bushy", given="Male"),
    "brow_height": Factor(-1, 1, "share", "low to high above the eye"),
    "brow_arch": Factor(-1, 1, "share", "straight to arched"),
    "nose_length": Factor(-1, 1, "share", "short to long"),
    "nose_width": Factor(-1, 1, "share", "narrow to wide"),
    "mouth_width": Factor(-1, 1, "share", "narrow to wide"),
    "lip_fullness": Factor(-1, 1, "share", "thin to full"),
    "lip_colour": Factor(-1, 1, "share", "orange to bluish red"),
    "smile": Factor(0, 1, "share", "level mouth to broad smile", given="Smiling"),
    "mouth_open": Factor(0, 1, "share", "closed lips to teeth", given="Smiling"),
    "lipstick": Factor(0, 1, "share", "bare lips to strong lipstick", given="Male"),
    "beard": Factor(0, 1, "share", "shaven, stubble, full beard", given="Male"),
    "mustache": Factor(0, 1, "share", "none to full", given="Male"),
    "hair_colour": Factor(0, 4, "class", ", ".join(HAIR_COLOURS), (0.28, 0.3, 0.2, 0.1, 0.12)),
    "hair_shade": Factor(-1, 1, "share", "darker to lighter within its colour"),
    "hair_length": Factor(0, 1, "share", "ears free to below the shoulders", given="Male"),
    "hair_wave": Factor(0, 1, "share", "straight, wavy, curly"),
    "hair_volume": Factor(-1, 1, "share", "flat to full on the crown and sides"),
    "hairline": Factor(-1, 1, "share", "low to high forehead"),
    "parting": Factor(-1, 1, "share", "parted at the picture's left to right"),
    "bangs": Factor(0, 1, "boolean", "hair over the forehead", (0.75, 0.25)),
    "neckline": Factor(0, 1, "share", "high to low neckline"),
    "eyeglasses": Factor(0, 1, "boolean", "glasses", (0.85, 0.15)),
    "glasses_shape": Factor(0, 1, "share", "round to rectangular lenses, worn or not"),
    "background_hue": Factor(0, 1, "turns", "hue of the background"),
    "background_saturation": Factor(0.05, 0.28, "share", "HSV saturation of the background"),
    "background_lightness": Factor(0.40, 0.88, "share", "HSV value of the background"),
    "background_angle": Factor(-0.8, 0.8, "radians", "direction of the background's gradient"),
    "background_blur": Factor(0, 1, "share", "background in focus to far out of focus"),
    "light": Factor(-1, 1, "share", "light from the picture's left to right"),
    "light_height": Factor(-0.3, 1, "share", "light from below to above"),
    "light_strength": Factor(0, 1, "share", "soft to hard shading"),
    "light_warmth": Factor(-1, 1, "share", "bluish to yellowish light"),
    "yaw": Factor(-18, 18, "degrees", "head turned to the picture's left to right"),
    "pitch": Factor(-6, 6, "degrees", "head lowered to raised"),
    "tilt": Factor(-4, 4, "degrees", "rotation in the picture, clockwise"),
    "shift_x": Factor(-0.04, 0.04, "half widths", "shift to the right"),
    "shift_y": Factor(-0.04, 0.04, "half heights", "shift downward"),
    "scale": Factor(0.96, 1.04, "ratio", "size of the face in the crop"),
    "detail_seed": Factor(0, 2**31 - 1, "seed", "of all that the other factors leave open"),
}

# Factor -> range where the attribute is false, range where it is true. The value is uniform there;
# a third number is the probability that it is 0 instead.
MALE_RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "jaw": ((0.0, 0.4), (0.6, 1.0)),
    "lashes": ((0.55, 1.0), (0.0, 0.1)),
    "brow_thickness": ((0.0, 0.35), (0.55, 1.0)),
    "lipstick": ((0.4, 1.0, 0.1), (0.0, 0.0)),
    "beard": ((0.0, 0.0), (0.2, 1.0, 0.35)),
    "mustache": ((0.0, 0.0), (0.3, 1.0, 0.5)),
    "hair_length": ((0.42, 1.0), (0.0, 0.10)),
}
SMILING_RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "smile": ((0.0, 0.12), (0.65, 1.0)),
    "mouth_open": ((0.0, 0.35), (0.3, 1.0)),
}
RANGES = {"Male": MALE_RANGES, "Smiling": SMILING_RANGES}
SMILE_THRESHOLD = 0.4

# Name -> definition, its rule. Only what can be seen in the picture is an attribute.
ATTRIBUTES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.Series]]] = {
    "5_o_Clock_Shadow": (
        "0 < beard < 0.45",
        lambda f: (f.beard > 0) & (f.beard < 0.45),
    ),
    "Arched_Eyebrows": ("brow_arch > 0.4", lambda f: f.brow_arch > 0.4),
    "Bangs": ("bangs", lambda f: f.bangs),
    "Big_Lips": ("lip_fullness > 0.4", lambda f: f.lip_fullness > 0.4),
    "Big_Nose": ("nose_width > 0.4", lambda f: f.nose_width > 0.4),
    "Black_Hair": ("hair_colour is black", lambda f: f.hair_colour == 0),
    "Blond_Hair": ("hair_colour is blond", lambda f: f.hair_colour == 2),
    "Brown_Hair": ("hair_colour is brown", lambda f: f.hair_colour == 1),
    "Bushy_Eyebrows": ("brow_thickness > 0.7", lambda f: f.brow_thickness > 0.7),
    "Eyeglasses": ("eyeglasses", lambda f: f.eyeglasses),
    "Gray_Hair": ("hair_colour is gray", lambda f: f.hair_colour == 4),
    "Male": ("male", lambda f: f.male),
    "Mouth_Slightly_Open": ("mouth_open > 0.25", lambda f: f.mouth_open > 0.25),
    "Mustache": ("mustache > 0", lambda f: f.mustache > 0),
    "Narrow_Eyes": ("eye_openness < -0.4", lambda f: f.eye_openness < -0.4),
    "No_Beard": ("beard = 0", lambda f: f.beard == 0),
    "Pale_Skin": ("skin_tone < 0.15", lambda f: f.skin_tone < 0.15),
    "Receding_Hairline": (
        "hairline > 0.6, no bangs",
        lambda f: (f.hairline > 0.6) & ~f.bangs,
    ),
    "Smiling": ("smile > 0.4", lambda f: f.smile > SMILE_THRESHOLD),
    "Straight_Hair": ("hair_wave < 0.4", lambda f: f.hair_wave < 0.4),
    "Wavy_Hair": ("hair_wave > 0.6", lambda f: f.hair_wave > 0.6),
    "Wearing_Lipstick": ("lipstick > 0", lambda f: f.lipstick > 0),
}


def sample_factors(n: int, seed: int) -> pd.DataFrame:
    """Draw the true factors of n faces.

    Arguments:
        n: number of faces.
        seed: the same seed gives the same faces; a larger n only appends rows.

    Returns:
        n rows, one column for each of `FACTORS`: float64, int64 (classes, seed) or bool.
    """
    # One row of uniform numbers is one face, so that the first rows do not depend on n.
    uniform = np.random.default_rng(seed).random((n, len(FACTORS) + 1))
    columns: dict[str, np.ndarray] = {}
    # The first and the last column decide the two attributes that other factors depend on.
    truth = {"Male": uniform[:, 0] >= 0.5, "Smiling": uniform[:, -1] >= 0.5}
    for u, (name, factor) in zip(uniform.T[:-1], FACTORS.items(), strict=True):
        # The same random number is placed in both ranges, and the attribute picks one of the two.
        if factor.given:
            false, true = RANGES[factor.given][name]
            columns[name] = np.where(truth[factor.given], _uniform(u, *true), _uniform(u, *false))
        elif factor.shares:
            # The class whose share of [0, 1) the number falls into.
            classes = np.searchsorted(np.cumsum(factor.shares)[:-1], u, side="right")
            columns[name] = classes == 1 if factor.unit == "boolean" else classes
        elif factor.unit == "seed":
            # A whole number that float64 holds exactly: every one of the range is as likely.
            columns[name] = np.floor(_uniform(u, factor.low, factor.high + 1)).astype(np.int64)
        else:
            columns[name] = _uniform(u, factor.low, factor.high)
    return pd.DataFrame(columns)


def _uniform(u: np.ndarray, low: float, high: float, absent: float = 0.0) -> np.ndarray:
    """Uniform in [low, high] from u in [0, 1), but 0 for the lowest share `absent` of u."""
    # What is left of u after `absent` is stretched over the whole range.
    value = low + (high - low) * (u - absent) / (1 - absent)
    return np.where(u < absent, 0.0, value)


def factors_of(table: pd.DataFrame) -> pd.DataFrame:
    """The columns `FACTORS` of a table, in that order."""
    missing = [name for name in FACTORS if name not in table]
    if missing:
        raise UserError(
            f"The table lacks factors of a face. Expected: {', '.join(FACTORS)}. "
            f"Missing: {', '.join(missing)}. Received: {', '.join(table.columns)}"
        )
    return table[list(FACTORS)]
