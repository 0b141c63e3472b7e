"""No configuration of a user's reaches the numbers, each asked of a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
import json, os
from aegan_lib import backend

config = backend.keras.config
told = [config.backend(), config.floatx(), config.epsilon(), config.image_data_format()]
told += [config.dtype_policy().name, config.max_epochs(), backend.threads()]
print(json.dumps([*told, *sorted(set(os.environ) & set(GIVEN))]))
"""
FOREIGN = {
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_USE_LEGACY_KERAS": "1",
    "XLA_FLAGS": "--xla_nonsense",
    "NVIDIA_TF32_OVERRIDE": "1",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
}
HARMLESS = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "3"}
OURS = ["tensorflow", "float32", 1e-7, "channels_last", "float32", None, 3, *HARMLESS]
HALVED = {"floatx": "float16", "epsilon": 0.1, "image_data_format": "channels_first"}


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def settings(home: Path, configuration: dict, first: str = "", **environment: str) -> list:
    """What is in force where keras.json is `configuration`, after the code `first`."""
    file = home / ".keras" / "keras.json"
    file.parent.mkdir()
    file.write_text(json.dumps(configuration))
    code = f"GIVEN = {list(FOREIGN | HARMLESS)}\n{first}\n{SETTINGS}"
    made = python(code, HOME=str(home), **FOREIGN, **HARMLESS, **environment)
    assert made.returncode == 0, made.stderr
    # Somebody's file stays what it was.
    assert json.loads(file.read_text()) == configuration
    return json.loads(made.stdout)


@pytest.mark.parametrize(
    "configuration",
    [HALVED, {"backend": "torch"}, {"floatx": "bfloat16", "epsilon": 1}],  # the last is not valid
)
def test_neither_keras_json_nor_the_environment_configures_anything(tmp_path, configuration):
    foreign = {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "1"}
    assert settings(tmp_path, configuration, **foreign) == OURS


def test_a_keras_that_was_imported_before_is_set_right(tmp_path):
    first = "import keras; keras.config.set_dtype_policy('mixed_float16')"
    assert settings(tmp_path, HALVED, first) == OURS


@pytest.mark.parametrize(
    "code", ["import aegan_lib.backend", "from aegan_lib import losses, train"]
)
def test_keras_with_another_backend_is_named(tmp_path, code):
    """Torch is not installed here: a Keras that says it uses it stands in."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("from . import config, ops")
    (tmp_path / "keras" / "config.py").write_text("backend = lambda: 'torch'")
    (tmp_path / "keras" / "ops.py").touch()
    made = python(f"import keras\n{code}", PYTHONPATH=str(tmp_path))
    assert made.stderr.splitlines()[-1] == (
        "aegan_lib.errors.UserError: Keras was imported with another backend before aegan_lib. "
        "Expected: 'tensorflow'. Received: 'torch'. Import aegan_lib.backend first, or set "
        "KERAS_BACKEND=tensorflow."
    )


def test_threads_that_are_no_number_are_tensorflows_default():
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    code = "from aegan_lib import backend; print(backend.threads())"
    assert python(code, TF_NUM_INTRAOP_THREADS="many").stdout == f"{cores}\n"
