"""A tiny random WordPiece BERT and a tiny corpus, for tests of everything around the weights."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[1]
TAXONOMY = ROOT / "data" / "taxonomy.yaml"
CORPUS = ROOT / "data" / "corpus"
REPORTS = ROOT / "tests" / "fazhi" / "reports"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def save_tiny_base(folder: Path) -> Path:
    """Save an encoder such as `bert-base-chinese`, with random weights and two narrow layers."""
    characters = sorted(
        {c for p in sorted(CORPUS.glob("*.jsonl"))[:4] for c in p.read_text("utf-8")}
    )
    pieces = [*SPECIAL, *(c for c in characters if not c.isspace())]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    return folder


def save_tiny_corpus(folder: Path, units_per_report: int = 25) -> Path:
    """Save the beginnings of five reports of the corpus: three to train on, one for each other split."""
    folder.mkdir(parents=True)
    index = ["report,issuer,issuer_kind,year,split"]
    splits = ("train", "train", "train", "validation", "test")
    for source, split in zip(sorted(CORPUS.glob("*.jsonl")), splits, strict=False):
        lines = source.read_text("utf-8").splitlines()[:units_per_report]
        (folder / source.name).write_text("\n".join(lines) + "\n", "utf-8")
        index.append(f"{source.stem},{json.loads(lines[0])['text']},county,2021,{split}")
    (folder / "reports.csv").write_text("\n".join(index) + "\n", "utf-8")
    return folder
