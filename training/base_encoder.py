"""A checkpoint to start from: its network and its tokenizer, or why it can't be used."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoTokenizer

from fazhi.errors import FazhiError, RecordError
from training.model import SentenceClassifier


def load_base(base_model: str, n_labels: int, n_roles: int) -> SentenceClassifier:
    """The network around the base encoder, a local folder or hub name.

    Raises:
        FazhiError: the base model can't be loaded.
    """
    try:
        return SentenceClassifier.from_base(base_model, n_labels, n_roles)
    except (OSError, ValueError) as error:
        raise _bad_base(base_model, error) from None


def save_tokenizer(base_model: str, path: Path) -> None:
    """Write the base model's fast tokenizer as a `tokenizer.json`.

    Raises:
        FazhiError: there is none, or it doesn't mark the second text of a pair.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(base_model, use_fast=True)
    except (OSError, ValueError) as error:
        raise _bad_base(base_model, error) from None
    if not tokenizer.is_fast:
        raise RecordError(f"{base_model}: has no fast tokenizer (tokenizer.json)")
    if 1 not in tokenizer.backend_tokenizer.encode("一", "一").type_ids:
        raise RecordError(
            f"{base_model}: its tokenizer doesn't mark the second text of a pair (token_type_ids), "
            "by which the model tells a sentence from its headings; use a BERT-like checkpoint"
        )
    tokenizer.backend_tokenizer.save(str(path))


def _bad_base(base_model: str, error: Exception) -> FazhiError:
    reason = str(error).strip().splitlines()[0][:160]
    return FazhiError(
        f"{base_model}: can't be loaded as a base model ({reason}); "
        "run `make base`, or set BASE_MODEL to a local folder or a hub name"
    )
