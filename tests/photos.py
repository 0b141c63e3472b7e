"""Photographs for tests, made on the fly: the built-in faces as CelebA would hold them."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.photos.annotations import CELEBA_LANDMARKS, LANDMARK_COLUMNS

HEIGHT, WIDTH = 218, 178  # of CelebA's aligned images


def celeba_faces(count: int, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    """A table with landmarks for the whole picture, and the pictures (n, 218, 178, 3) uint8."""
    table = people.describe(people.sample_factors(count, seed), people.CELEBA_VIEW)
    return table, people.render(table, (HEIGHT, WIDTH), people.CELEBA_VIEW)


def splits_of(counts: dict[str, int]) -> np.ndarray:
    return np.repeat([0, 1, 2], list(counts.values()))


def write_celeba(
    root: Path,
    table: pd.DataFrame,
    images: np.ndarray,
    partition: np.ndarray,
    layout: str = "torchvision",
    landmarks: bool = True,
) -> Path:
    """A tree like torchvision's or Kaggle's, or with `zip` the archive beside the lists."""
    pictures = (
        root
        / {
            "torchvision": "img_align_celeba",
            "kaggle": "img_align_celeba/img_align_celeba",
            "zip": "img_align_celeba",
        }[layout]
    )
    pictures.mkdir(parents=True)
    names = [f"{number + 1:06}.jpg" for number in range(len(table))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(pictures / name, quality=95)
    write_lists(root, table, partition, names, csv=layout == "kaggle", landmarks=landmarks)
    if layout != "zip":
        return root
    with zipfile.ZipFile(root / "img_align_celeba.zip", "w") as archive:
        for name in names:
            archive.write(pictures / name, f"img_align_celeba/{name}")
            (pictures / name).unlink()
    pictures.rmdir()
    return root / "img_align_celeba.zip"


def write_lists(root, table, partition, names, csv=False, landmarks=True) -> None:
    signs = table[list(people.ATTRIBUTES)].astype(int) * 2 - 1
    points = (table[list(LANDMARK_COLUMNS)].to_numpy() * ([WIDTH, HEIGHT] * 5)).round(3)
    lists = {
        "list_attr_celeba": signs.set_axis(names),
        "list_eval_partition": pd.DataFrame({"partition": partition}, index=names),
    }
    if landmarks:
        table = pd.DataFrame(points, columns=list(CELEBA_LANDMARKS), index=names)
        lists["list_landmarks_align_celeba"] = table
    for name, content in lists.items():
        if csv:
            content.to_csv(root / f"{name}.csv", index_label="image_id")
            continue
        rows = [" ".join(map(str, row)) for row in content.reset_index().to_numpy()]
        if name != "list_eval_partition":
            rows = [str(len(content)), " ".join(content.columns), *rows]
        (root / f"{name}.txt").write_text("\n".join(rows) + "\n")


def write_folder(root: Path, images: np.ndarray, table: pd.DataFrame | None = None) -> Path:
    """Pictures in folders below, of several formats; with a table, attributes.csv too."""
    names = []
    for number, image in enumerate(images):
        end = ("jpg", "png", "webp")[number % 3]
        path = root / f"part {number % 2}" / f"{number:04}.{end}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, **({"quality": 95} if end != "png" else {}))
        names.append(path.relative_to(root).as_posix())
    if table is not None:
        content = table[list(people.ATTRIBUTES)].astype(int).set_axis(names)
        content.to_csv(root / "attributes.csv", index_label="file")
    return root
