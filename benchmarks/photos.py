"""How fast, and in how much memory, photographs are prepared: `python benchmarks/photos.py`.

Makes a tree in CelebA's format (JPEGs of 178 × 218 pixels of built-in faces, and lists as long as
CelebA's own), then prepares it at 80 pixels in a process of its own, once from the folder and once
from the zip, and prints one line each. Nothing is downloaded.
"""

import io
import os
import resource
import tempfile
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
from PIL import Image
from tqdm import tqdm

from aegan_lib import datasets
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.photos.annotations import CELEBA_ATTRIBUTES, CELEBA_LANDMARKS
from aegan_lib.datasets.photos.celeba import PICTURES
from aegan_lib.profiles import Profile

DISTINCT = 500  # faces that are drawn; files repeat them
HELD_OUT = 1_000  # validation, and as many for testing


def measure(text: str, place: Path, count: int) -> str:
    """Prepare `count` images and say how that went; run it in a fresh process."""
    train = count - 2 * HELD_OUT
    profile = Profile("benchmark", 80, 128, 256, 1, train, HELD_OUT, HELD_OUT)
    before, wall, processor = _peak(), time.perf_counter(), time.process_time()
    dataset = datasets.load(text, profile, place, progress=False)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    made = sum(dataset.counts.values())
    return (
        f"{made:,} images in {wall:.1f} s: {made / wall:,.0f} images/s, {processor:.1f} s of "
        f"processor time ({made / processor:,.0f} images/s of one core), peak memory "
        f"{_peak():.2f} GiB, of which {before:.2f} before it began"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def make_tree(root: Path, count: int) -> None:
    """`count` pictures in a folder and in a zip, and lists with as many rows as CelebA's."""
    table = people.sample_factors(DISTINCT, 0)
    contents = []
    for image in people.render(table, (218, 178), people.CELEBA_VIEW):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=95)
        contents.append(buffer.getvalue())
    folder, zipped = root / "folder", root / "zip"
    (folder / "img_align_celeba").mkdir(parents=True)
    zipped.mkdir()
    with zipfile.ZipFile(zipped / "img_align_celeba.zip", "w") as archive:
        for number in tqdm(range(count), "writing pictures"):
            name, content = f"{number + 1:06}.jpg", contents[number % DISTINCT]
            (folder / "img_align_celeba" / name).write_bytes(content)
            archive.writestr(f"img_align_celeba/{name}", content)
    rng = np.random.default_rng(0)
    names = [f"{number + 1:06}.jpg" for number in range(PICTURES)]
    held = range(count - 2 * HELD_OUT, count)
    split = {number: 1 + (number >= count - HELD_OUT) for number in held}
    signs = rng.choice([-1, 1], (PICTURES, len(CELEBA_ATTRIBUTES)))
    points = rng.integers(60, 150, (PICTURES, len(CELEBA_LANDMARKS)))
    lists = {
        "list_attr_celeba.txt": (CELEBA_ATTRIBUTES, signs),
        "list_landmarks_align_celeba.txt": (CELEBA_LANDMARKS, points),
    }
    for place in (folder, zipped):
        for file, (header, values) in lists.items():
            rows = (f"{n} {' '.join(map(str, v))}" for n, v in zip(names, values, strict=True))
            (place / file).write_text("\n".join([str(PICTURES), " ".join(header), *rows]) + "\n")
        rows = (f"{name} {split.get(number, 0)}" for number, name in enumerate(names))
        (place / "list_eval_partition.txt").write_text("\n".join(rows) + "\n")


@click.command()
@click.option("--count", default=20_000, show_default=True, help="Pictures to prepare.")
def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root, count)
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores; load when it began {load:.1f}")
        for kind in ("folder", "zip"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                work = pool.submit(measure, f"celeba:{root / kind}", root / f"data-{kind}", count)
                print(f"{kind}: {work.result()}")


if __name__ == "__main__":
    main()
