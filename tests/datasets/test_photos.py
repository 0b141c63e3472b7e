"""Decoding, turning, cutting and resizing of photographs."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.photos import crop, decoding, opening
from aegan_lib.datasets.photos.crop import CELEBA_CROPS, CELEBA_SIZE, central_square
from aegan_lib.datasets.photos.opening import UnusableError
from aegan_lib.errors import UserError
from aegan_lib.metrics import psnr
from tests.photos import celeba_faces


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(content: bytes, size: int = 32, cut=central_square) -> np.ndarray:
    return decoding.square(content, cut, size)


@pytest.fixture(scope="module")
def portrait():
    """Four colours in four quarters, 60 wide and 100 high."""
    image = np.zeros((100, 60, 3), np.uint8)
    image[:50, :30], image[:50, 30:] = (200, 30, 30), (30, 200, 30)
    image[50:, :30], image[50:, 30:] = (30, 30, 200), (200, 200, 30)
    return Image.fromarray(image)


def corners(image: np.ndarray) -> np.ndarray:
    return image[[2, 2, -3, -3], [2, -3, 2, -3]].astype(int)


EXPECTED = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30)])


def test_jpeg_png_and_webp_of_every_mode(portrait):
    made = [
        encoded(portrait, "JPEG", quality=95),
        encoded(portrait, "JPEG", quality=95, progressive=True),
        encoded(portrait.convert("CMYK"), "JPEG", quality=95),
        encoded(portrait, "PNG"),
        encoded(portrait.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        encoded(portrait.convert("RGBA"), "PNG"),
        encoded(portrait, "WEBP", lossless=True),
        encoded(portrait, "WEBP", quality=95),
    ]
    for content in made:
        image = decoded(content)
        assert image.shape == (32, 32, 3)
        assert image.dtype == np.uint8
        assert np.abs(corners(image) - EXPECTED).max() < 16


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_camera_is_undone(portrait, orientation):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = portrait.transpose(undo[orientation]) if orientation in undo else portrait
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("JPEG", "PNG", "WEBP"):
        content = encoded(stored, kind, exif=exif, **({} if kind == "PNG" else {"quality": 95}))
        upright = decoded(content, cut=lambda width, height: (0, 0, width, height))
        assert np.abs(corners(upright) - EXPECTED).max() < 16, kind
        # The box refers to the upright picture, of which only the upper left is taken here.
        left = decoded(content, cut=lambda width, height: (0, 0, 0.4 * width, 0.4 * height))
        assert np.abs(left.mean(axis=(0, 1)) - EXPECTED[0]).max() < 8, kind
        whole = decoding.whole(content)
        assert whole.shape == (100, 60, 3)


def test_transparency_is_white_and_grey_is_grey(portrait):
    clear = portrait.convert("RGBA")
    clear.putalpha(0)
    palette = Image.new("P", (40, 40))
    palette.putpalette([0, 0, 0, 255, 0, 0])
    half = Image.new("LA", (40, 40), (0, 128))
    assert (decoded(encoded(clear, "PNG")) == 255).all()
    assert (decoded(encoded(clear, "WEBP", lossless=True)) == 255).all()
    assert (decoded(encoded(palette, "PNG", transparency=0)) == 255).all()
    assert np.abs(decoded(encoded(half, "PNG")).astype(int) - 127).max() <= 1
    grey = Image.new("L", (40, 40), 77)
    assert (decoded(encoded(grey, "PNG")) == 77).all()
    assert (decoded(encoded(grey, "JPEG")) == 77).all()


def test_sixteen_bits_become_eight():
    deep = Image.fromarray(np.full((40, 40), 0x4D4D, np.uint16))
    assert deep.mode == "I;16"
    assert (decoded(encoded(deep, "PNG")) == 0x4D).all()


def test_resizing_is_antialiased():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255  # finer than the result can hold: grey, not stripes of another width
    small = decoded(encoded(Image.fromarray(stripes), "PNG"))
    assert np.abs(small.astype(int) - 127).max() <= 4


def test_a_large_jpeg_is_decoded_small_and_comes_out_alike():
    table, _ = celeba_faces(1)
    large = people.render(table, (1090, 890), people.CELEBA_VIEW)[0]
    content = encoded(Image.fromarray(large), "JPEG", quality=95)
    direct = np.asarray(
        Image.fromarray(large).resize((40, 40), Image.Resampling.BICUBIC, (0, 100, 890, 990))
    )
    assert psnr(decoded(content, 40)[None], direct[None])[0] > 30


def test_jpeg_costs_little(tiny):
    """The built-in faces as CelebA's JPEGs, against the same crop without JPEG."""
    _, images = celeba_faces(64)
    box = CELEBA_CROPS["tight"]
    for size in (40, 80):
        read = [decoded(encoded(Image.fromarray(i), "JPEG", quality=95), size, lambda *_: box)
                for i in images]  # fmt: skip
        plain = [np.asarray(Image.fromarray(i).resize((size, size), Image.Resampling.BICUBIC, box))
                 for i in images]  # fmt: skip
        assert psnr(np.stack(read), np.stack(plain)).min() >= 30


def test_the_usual_crop_is_the_drawn_faces_own_view():
    """The mouth is where, and as large as, it is in the built-in faces."""
    left, top, right, bottom = CELEBA_CROPS["tight"]
    shares = np.array([left, top, right, bottom]) / (CELEBA_SIZE * 2)
    wide, tight = np.array(people.CELEBA_VIEW), np.array(people.TIGHT_VIEW)
    edges = np.tile(wide[:2], 2) + shares * np.tile(wide[2:] - wide[:2], 2)
    assert np.abs(edges - tight).max() < 0.5 * 3.02 / 178  # half a pixel
    assert right - left == bottom - top
    table, images = celeba_faces(16)
    cut = [decoded(encoded(Image.fromarray(i), "PNG"), 80, lambda *_: CELEBA_CROPS["tight"])
           for i in images]  # fmt: skip
    assert psnr(np.stack(cut), people.render(table, 80)).mean() > 25


@pytest.mark.parametrize(
    ("text", "box", "name"),
    [
        ("", (30, 58, 148, 176), ""),
        ("tight", (30, 58, 148, 176), ""),
        ("30, 58,148 176", (30, 58, 148, 176), ""),
        ("square", (0, 20, 178, 198), "square"),
        ("full", (0, 0, 178, 218), "full"),
        ("0,20,178,198", (0, 20, 178, 198), "square"),
        ("25,50,153,178.5", (25, 50, 153, 178.5), "crop-25-50-153-178.5"),
    ],
)
def test_crops_of_celeba(text, box, name):
    assert crop.celeba_crop(text) == (box, name)


@pytest.mark.parametrize(
    "text",
    ["face", "1,2,3", "0,0,179,218", "-1,0,178,218", "50,50,40,90", "0,0,4,4", "nan,0,90,90",
     "0,0,inf,9", "1,2,3,4,5", "../x"],
)  # fmt: skip
def test_bad_crops_of_celeba(text):
    with pytest.raises(UserError, match=r"Expected CROP to be tight, square, full, or .*Received"):
        crop.celeba_crop(text)


def test_crops_of_a_folder():
    assert crop.folder_crop("") == crop.folder_crop("square") == (None, "")
    assert crop.folder_crop("full") == ((0, 0, 1, 1), "full")
    assert crop.folder_crop("0.1,0,0.9,0.8") == ((0.1, 0, 0.9, 0.8), "crop-0.1-0-0.9-0.8")
    with pytest.raises(UserError, match="shares of its width and height"):
        crop.folder_crop("30,58,148,176")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(
        ">I", zlib.crc32(kind + content)
    )  # fmt: skip


def png_bomb(side: int) -> bytes:
    """A few bytes that claim to be side × side pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(
        b"IEND", b""
    )  # fmt: skip


def test_what_cannot_be_used_is_left_out_with_a_reason(tmp_path, portrait):
    good = encoded(portrait, "JPEG")
    contents = {
        "good": good,
        "truncated": good[: len(good) // 2],
        "text": b"no picture",
        "empty": b"",
        "html": b"<!DOCTYPE html><html></html>",
        "gif": encoded(portrait, "GIF"),
        "png": encoded(portrait, "PNG")[:-40],
        "bomb": png_bomb(30_000),
        "large": png_bomb(10_000),
        "also good": good,
    }
    pictures = [decoding.Picture(name, lambda c=content: c) for name, content in contents.items()]
    pictures.append(decoding.Picture("missing", lambda: tmp_path / "missing.jpg"))
    pictures.append(decoding.Picture("folder", lambda: tmp_path))
    ((images, kept, left_out),) = decoding.squares(pictures, central_square, 16)
    assert kept == [0, 9]
    assert images.shape == (2, 16, 16, 3)
    assert list(left_out) == [*list(contents)[1:-1], "missing", "folder"]
    for name in ("text", "empty", "html", "gif"):
        assert left_out[name] == "is no JPEG, PNG or WebP picture"
    for name in ("truncated", "png"):
        assert left_out[name].startswith("is damaged (")
    for name in ("bomb", "large"):
        assert "too many" in left_out[name] and "bomb" in left_out[name]
    assert left_out["missing"] == "cannot be read (No such file or directory)"
    assert left_out["folder"] == "cannot be read (Is a directory)"


def test_order_is_kept_over_many_chunks(portrait):
    shades = [encoded(Image.new("L", (20, 20), shade), "PNG") for shade in range(256)]
    pictures = [decoding.Picture(str(i), lambda c=shades[i % 256]: c) for i in range(600)]
    images = np.concatenate([i for i, _, _ in decoding.squares(pictures, central_square, 8)])
    assert (images[:, 0, 0, 0] == np.arange(600) % 256).all()


# --- metadata, which decides about nothing but the orientation ---------------------------------


def orientated(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_broken_metadata_cost_no_pixels(portrait, kind):
    options = {} if kind == "PNG" else {"lossless": True}
    content = encoded(portrait, kind, exif=b"Exif\0\0no TIFF at all", **options)
    assert np.abs(corners(decoded(content)) - EXPECTED).max() < 16
    assert decoding.whole(content).shape == (100, 60, 3)


def test_text_for_a_number_beside_the_orientation(portrait):
    """The picture is turned, and nothing is written anew."""
    # Two tags: the orientation, a short number (3), and the resolution, four letters of text (2).
    tags = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHI4s", 0x011A, 2, 4, b"72x\0")
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + tags + bytes(4)
    stored = portrait.transpose(Image.Transpose.ROTATE_90)
    content = encoded(stored, "JPEG", quality=95, exif=exif)
    assert np.abs(corners(decoded(content)) - EXPECTED).max() < 16
    assert decoding.whole(content).shape == (100, 60, 3)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def test_segments_of_a_jpeg_that_are_cut_short(portrait):
    stored = portrait.transpose(Image.Transpose.ROTATE_90)
    good = encoded(stored, "JPEG", quality=95, exif=orientated())
    for marker, body in (
        (0xE0, b"JFIF"),
        (0xE2, b"ICC_PROFILE\0"),
        (0xED, b"Photoshop 3.0\x008BIM\x03\xed"),
        (0xEE, b"Adobe"),
    ):
        content = good[:2] + segment(marker, body) + good[2:]
        assert np.abs(corners(decoded(content)) - EXPECTED).max() < 16, body
        assert decoding.whole(content).shape == (100, 60, 3)


def test_chunks_of_a_png_that_are_odd(portrait):
    stored = portrait.transpose(Image.Transpose.ROTATE_90)
    good = encoded(stored, "PNG", exif=orientated())
    long = b"k\0\0" + zlib.compress(bytes(5_000_000))
    wrong = chunk(b"tEXt", b"a\0b")[:-4] + b"oops"
    for odd in (chunk(b"zTXt", long), chunk(b"iCCP", long), chunk(b"pHYs", b""), wrong):
        content = good[:33] + odd + good[33:]  # behind the header
        assert np.abs(corners(decoded(content)) - EXPECTED).max() < 16, odd[4:8]
    with pytest.raises(Exception, match="broken"):
        decoded(good.replace(b"IDAT", b"IDAT\xff", 1))


@pytest.mark.filterwarnings("ignore")
def test_metadata_of_noise(portrait):
    """Whatever stands in them, the pixels are the same, upright or not."""
    rng = np.random.default_rng(0)
    plain = portrait.crop((0, 0, 60, 60))
    for kind, options in (("JPEG", {}), ("PNG", {}), ("WEBP", {"lossless": True})):
        for _ in range(40):
            exif = bytearray(orientated(1).tobytes())
            places = rng.integers(6, len(exif), 4)
            for place, value in zip(places, rng.integers(0, 256, 4), strict=True):
                exif[place] = value
            content = encoded(plain, kind, exif=bytes(exif), **options)
            assert decoded(content).shape == (32, 32, 3)


# --- how much is held in memory ----------------------------------------------------------------


@pytest.fixture(scope="module")
def phone_jpeg():
    """12,000 × 9,000 pixels of one grey: 108 million, and some hundred kilobytes."""
    return encoded(Image.new("L", (12_000, 9_000), 77), "JPEG", quality=20)


def test_a_large_jpeg_is_no_bomb_since_it_is_decoded_small(phone_jpeg):
    assert np.abs(decoded(phone_jpeg).astype(int) - 77).max() <= 2
    assert decoding.whole(phone_jpeg).shape == (300, 400, 3)
    # The same of a crop for which the draft would still be too large.
    with pytest.raises(UnusableError, match="12,000 × 9,000 pixels"):
        decoded(phone_jpeg, size=9_000)


def test_a_progressive_jpeg_is_held_at_full_size_and_may_have_less(monkeypatch):
    small = Image.new("RGB", (200, 100), "red")
    monkeypatch.setattr(opening, "LARGEST_PROGRESSIVE", 10_000)
    assert decoded(encoded(small, "JPEG")).shape == (32, 32, 3)
    with pytest.raises(UnusableError, match=r"200 × 100 pixels.*bomb"):
        decoded(encoded(small, "JPEG", progressive=True))


def test_real_bombs_are_refused_whole_ones_too(phone_jpeg):
    for side in (10_000, 30_000):
        for read in (decoded, decoding.whole):
            with pytest.raises(UnusableError, match="too many"):
                read(png_bomb(side))
    # A JPEG's header is believed up to a limit only.
    at = phone_jpeg.index(b"\xff\xc0") + 5
    huge = phone_jpeg[:at] + struct.pack(">HH", 40_000, 40_000) + phone_jpeg[at + 4 :]
    with pytest.raises(UnusableError, match="40,000 × 40,000"):
        decoded(huge)


def test_pillow_prints_nothing_between_our_lines(portrait, phone_jpeg, tmp_path):
    """In a process of its own: warnings are errors in this one."""
    exif = bytearray(orientated(1).tobytes())
    exif[6 + 8 + 2 + 4] = 200  # the orientation is 200 numbers, of which the file ends
    (tmp_path / "odd.jpg").write_bytes(encoded(portrait, "JPEG", exif=bytes(exif)))
    (tmp_path / "large.jpg").write_bytes(phone_jpeg)
    (tmp_path / "bomb.png").write_bytes(png_bomb(10_000))
    code = (
        "import sys, pathlib\n"
        "from aegan_lib.datasets.photos import crop, decoding\n"
        "pictures = [decoding.Picture(p, lambda p=p: pathlib.Path(p)) for p in sys.argv[1:]]\n"
        "((images, kept, left_out),) = decoding.squares(pictures, crop.central_square, 16)\n"
        "assert len(kept) == len(pictures) - 1, left_out\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
