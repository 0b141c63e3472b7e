"""Measure the drawn faces, and write sheets of them: `python benchmarks/faces.py`.

Prints, and writes to `benchmarks/faces.csv`, how sharp the faces are, how much of that few
principal components keep, how their spectrum falls, how well a linear classifier reads Male and
Smiling, and how fast they are drawn; and `data/faces-<size>px.webp`, women and men of all skin
tones and ages.
"""

import time
from pathlib import Path

import click
import numpy as np
import pandas as pd
from PIL import Image
from skimage.data import lfw_subset
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aegan_lib import metrics
from aegan_lib.datasets.drawn import people
from aegan_lib.images import mosaic

ROOT = Path(__file__).resolve().parents[1]
SEEN, NEW = 4_500, 1_000  # faces that are fitted, and measured
COMPONENTS = {20: 16, 40: 25, 80: 100}  # image size in pixels -> principal components
# Cycles per picture between which a spectrum's slope is fitted, at each size.
CYCLES = {25: (2, 10), 80: (3, 30)}
SHEETS = {20: (10, 8), 40: (10, 6), 80: (8, 5), 160: (6, 3)}  # size -> columns and rows
ENLARGED = {20: 4, 40: 2}  # size -> by which the sheet's pixels are repeated


def spectrum(images: np.ndarray) -> pd.Series:
    """Power of grey pictures (n, size, size) by cycles per picture, under a window."""
    size = images.shape[1]
    # Without the window the picture's borders would count as edges.
    window = np.hanning(size)[:, None] * np.hanning(size)
    grey = (images - images.mean(axis=(1, 2), keepdims=True)) * window
    power = (np.abs(np.fft.fft2(grey)) ** 2).mean(axis=0)
    # Averaged over rings of one cycle's width.
    cycles = np.fft.fftfreq(size, 1 / size)
    ring = np.rint(np.hypot(cycles, cycles[:, None])).astype(int)
    return pd.Series(np.bincount(ring.ravel(), power.ravel()) / np.bincount(ring.ravel()))


def slope(power: pd.Series, first: int, last: int) -> float:
    """The exponent a of power ~ cycles^a."""
    power = power.loc[first:last]
    return float(np.polyfit(np.log(power.index), np.log(power), 1)[0])


def spectra(images: np.ndarray) -> pd.DataFrame:
    """Drawn faces (n, 100, 100, 3) beside photographs, at the photographs' 25 pixels as well.

    The photographs are the hundred faces of LFW that come with scikit-image, 25 pixels wide.
    """
    grey = images.mean(axis=-1)
    small = grey.reshape(len(grey), 25, 4, 25, 4).mean(axis=(2, 4))
    table = pd.DataFrame({
        "drawn, 100 px": spectrum(grey),
        "drawn, 25 px": spectrum(small),
        "photographs, 25 px": spectrum(lfw_subset()[:100]),
    })  # fmt: skip
    table = (table / table.loc[2]).loc[1:50]  # beyond it a ring is no longer whole
    table["1/f^2"] = (2 / table.index) ** 2
    return table.rename_axis("cycles per picture")


def kept_by_components(images: np.ndarray, count: int) -> tuple[float, float, float]:
    """Blur factor of new images, the share of it that components keep, and their PSNR in dB."""
    new = images[-NEW:]
    outputs = metrics.pca_reconstruction(images[:-NEW], new, count)
    raw = metrics.laplacian_variance(new).mean()
    kept = metrics.laplacian_variance(outputs).mean() / raw
    return float(raw), float(kept), float(metrics.psnr(new, outputs).mean())


def readable(images: np.ndarray, table: pd.DataFrame, attribute: str, count: int) -> float:
    """Share of new faces whose attribute a logistic regression on components gets right."""
    flat, truth = images.reshape(len(images), -1).astype(np.float32), table[attribute]
    reader = make_pipeline(
        PCA(count, svd_solver="randomized", random_state=0),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=1000),
    ).fit(flat[:-NEW], truth[:-NEW])
    return float(reader.score(flat[-NEW:], truth[-NEW:]))


def write_sheets(place: Path) -> None:
    """From pale skin in the first row to dark skin in the last, in each from young to old.

    As many women as men, by turns.
    """
    for size, (columns, rows) in SHEETS.items():
        table = people.sample_factors(4 * columns * rows, 7)
        half = columns * rows // 2
        sexes = []
        for male in (0, 1):
            tones = table[table["male"] == male][:half].sort_values("skin_tone")
            # A row of the sheet has half its columns of each.
            row = np.arange(half) // (columns // 2)
            sexes.append(tones.assign(row=row).sort_values(["row", "age"]).drop(columns="row"))
        # Women and men by turns: the first of each, the second of each, and so on.
        table = pd.concat(sexes).iloc[np.arange(2 * half).reshape(2, -1).T.ravel()]
        faces = people.render(table, size)
        picture = Image.fromarray(mosaic(np.split(faces, rows), gap=0))
        times = ENLARGED.get(size, 1)
        picture = picture.resize(
            (picture.width * times, picture.height * times), Image.Resampling.NEAREST
        )
        path = place / f"faces-{size}px.webp"
        picture.save(path, quality=80, method=6)
        print(f"{path}: {path.stat().st_size / 1024:.0f} kB")


@click.command(help=__doc__)
@click.option("--sheets/--no-sheets", default=True, help="Also write the sheets.")
def main(sheets: bool) -> None:
    if sheets:
        write_sheets(ROOT / "data")
    table = people.sample(SEEN + NEW, 1)
    rows: list[tuple[str, int, float]] = []
    drawn = {}
    for size in (40, 80):
        people.render(table[:400], size)  # the processes start
        wall = time.perf_counter()
        drawn[size] = people.render(table, size)
        wall = time.perf_counter() - wall
        rows.append(("faces/s, all cores", size, len(table) / wall))
        # Some in this process, whose processor time can be told.
        processor = time.process_time()
        for start in range(0, 300, 100):
            people.render(table[start : start + 100], size)
        spent = (time.process_time() - processor) / 300
        rows.append(("ms of one core for a face", size, 1000 * spent))
    # 20 pixels as the average of four: what a network of that size would be given.
    blocks = drawn[40].reshape(len(table), 20, 2, 20, 2, 3)
    drawn[20] = np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)
    for size, count in COMPONENTS.items():
        raw, kept, psnr = kept_by_components(drawn[size], count)
        rows.append(("blur factor", size, raw))
        rows.append((f"share of it kept by {count} components", size, kept))
        rows.append((f"PSNR of {count} components, dB", size, psnr))
    grey = drawn[80][-NEW:].mean(axis=-1)
    rows.append(("slope of the power spectrum", 80, slope(spectrum(grey), *CYCLES[80])))
    power = spectra(people.render(table[-NEW:], 100))
    for name in ("drawn", "photographs"):
        found_slope = slope(power[f"{name}, 25 px"], *CYCLES[25])
        rows.append((f"slope of the power spectrum, {name}", 25, found_slope))
    power.to_csv(Path(__file__).with_name("faces_spectra.csv"), float_format="%.4g")
    for attribute in ("Male", "Smiling"):
        for count in (100, 300):
            what = f"accuracy of {attribute} from {count} components"
            rows.append((what, 40, readable(drawn[40], table, attribute, count)))
    found = pd.DataFrame(rows, columns=["what", "image_size", "value"])
    found["value"] = found["value"].map(lambda value: float(f"{value:.4g}"))
    print(found.to_string(index=False))
    path = Path(__file__).with_name("faces.csv")
    found.to_csv(path, index=False)
    print(path)


if __name__ == "__main__":
    main()
