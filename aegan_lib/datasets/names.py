"""What may be asked for as a dataset."""

DATASETS = {
    "faces": "faces drawn from known factors: nothing to download",
    "celeba": "CelebA as it lies in data/celeba, unpacked or as img_align_celeba.zip",
    "celeba:PATH": "CelebA elsewhere: its folder, or the zip with the lists beside it",
    "folder:PATH": "any folder of JPEG, PNG and WebP pictures, with or without attributes.csv",
}
