from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from fazhi.encoding import EncodedSentence, Encoder, EncodingSettings, Sentence, collate
from tests.fazhi.samples import any_text

SETTINGS = EncodingSettings(max_length_tokens=48, max_heading_tokens=8)
CLS, SEP = 2, 3


@pytest.fixture(scope="module")
def tokenizer_file(tiny_artifact: Path) -> str:
    return str(tiny_artifact / "tokenizer.json")


@pytest.fixture(scope="module")
def encoder(tokenizer_file: str) -> Encoder:
    return Encoder(Tokenizer.from_file(tokenizer_file), SETTINGS)


def encode(encoder: Encoder, text: str, *headings: str) -> EncodedSentence:
    return encoder.encode([Sentence(text, headings)])[0]


def parts(encoded: EncodedSentence) -> tuple[list[int], list[int]]:
    """Tokens of the headings and of the sentence, without special tokens."""
    assert encoded.ids[0] == CLS and encoded.ids[-1] == SEP
    middle = encoded.ids.index(SEP)
    return encoded.ids[1:middle], encoded.ids[middle + 1 : -1]


texts = st.one_of(any_text, any_text.map(lambda text: text * 40))
sentences = st.lists(st.builds(Sentence, texts, st.lists(texts, max_size=4).map(tuple)), max_size=4)


@given(sentences)
def test_any_sentences_fit(encoder: Encoder, sentences: list[Sentence]) -> None:
    encoded = encoder.encode(sentences)
    assert len(encoded) == len(sentences)
    for sentence in encoded:
        assert 3 <= sentence.n_tokens <= SETTINGS.max_length_tokens
        assert len(sentence.ids) == len(sentence.type_ids) == sentence.n_tokens
        headings, _ = parts(sentence)
        assert len(headings) <= 3 * SETTINGS.max_heading_tokens


@given(st.integers(3, 60), st.integers(0, 60))
def test_any_settings_are_kept_and_leave_the_sentence_room(
    tokenizer_file: str, max_length: int, max_heading: int
) -> None:
    settings = EncodingSettings(max_length, max_heading)
    encoder = Encoder(Tokenizer.from_file(tokenizer_file), settings)
    encoded = encode(encoder, "执法" * 100, *("一、工作" * 25, "二、问题" * 25, "三、计划" * 25))
    assert encoded.n_tokens == max_length
    headings, sentence = parts(encoded)
    assert len(headings) <= 3 * max_heading
    assert len(sentence) >= len(headings)


def test_headings_are_the_top_one_and_the_two_nearest(encoder: Encoder) -> None:
    path = ("工作", "改革", "中间", "执法", "问题")
    one, two, three = (parts(encode(encoder, "办案", path[i]))[0] for i in (0, 3, 4))
    assert parts(encode(encoder, "办案", *path))[0] == one + two + three
    assert parts(encode(encoder, "办案", *path[:1]))[0] == one
    assert parts(encode(encoder, "办案", path[0], path[4]))[0] == one + three
    assert parts(encode(encoder, "办案", path[0], path[0]))[0] == one


def test_headings_lose_their_markers_and_years(encoder: Encoder) -> None:
    bare = parts(encode(encoder, "办案", "工作"))[0]
    for heading in ("一、工作", "(一)2024年工作", "1.2025年度工作"):
        assert parts(encode(encoder, "办案", heading))[0] == bare
    assert parts(encode(encoder, "2024年办案"))[1] != parts(encode(encoder, "办案"))[1]


def test_sentence_without_heading_has_an_empty_first_part(encoder: Encoder) -> None:
    headings, sentence = parts(encode(encoder, "办案"))
    assert headings == [] and len(sentence) == 2


def test_type_ids_tell_headings_from_sentence(encoder: Encoder) -> None:
    assert encode(encoder, "办案", "工作").type_ids == [0, 0, 0, 0, 1, 1, 1]


def test_headings_and_sentence_keep_their_beginnings(encoder: Encoder) -> None:
    heading, text = "加强组织领导落实责任", "全年办理行政复议案件" * 10
    cut = encode(encoder, text, heading)
    assert cut.truncated
    assert cut.n_tokens == SETTINGS.max_length_tokens
    headings, sentence = parts(cut)
    assert headings == parts(encode(encoder, "", heading[:8]))[0]
    assert sentence == parts(encode(encoder, text[: len(sentence)]))[1]


def test_truncated_speaks_of_the_sentence_alone(encoder: Encoder) -> None:
    assert not encode(encoder, "办案", "工作" * 200).truncated
    assert not encode(encoder, "法" * 45).truncated
    assert encode(encoder, "法" * 46).truncated
    assert encode(encoder, " " * 100_000 + "法").truncated


def test_same_text_in_any_print_has_the_same_tokens(encoder: Encoder) -> None:
    plain = encode(encoder, "监管案件12件,占5%", "一、工作")
    for text in ("監(jiān)管案件１２件，占５％", "监管\n 案件\u200b12件，占5%"):
        assert encode(encoder, text, "一、工\u200b作") == plain


def test_company_makes_no_difference(encoder: Encoder) -> None:
    batch = [
        Sentence("办案" * 40, ("工作", "问题")),
        Sentence("办案", ("工作", "问题")),
        Sentence("执法", ()),
        Sentence("办案", ("工作", "问题")),
    ]
    assert encoder.encode(batch) == [encoder.encode([sentence])[0] for sentence in batch]


def test_what_is_cut_off_costs_no_time(encoder: Encoder) -> None:
    start = time.process_time()
    assert encode(encoder, "执法" * 200, "工作" * 150, "问题" * 150).truncated
    assert time.process_time() - start < 2


def test_nothing_gives_nothing(encoder: Encoder) -> None:
    assert encoder.encode([]) == []


def test_collate_pads_to_the_longest(encoder: Encoder) -> None:
    short, long = encoder.encode([Sentence("办案"), Sentence("办案", ("工作",))])
    inputs = collate([short, long], pad_id=encoder.pad_id)
    assert {name: array.shape for name, array in inputs.items()} == dict.fromkeys(
        ("input_ids", "attention_mask", "token_type_ids"), (2, 7)
    )
    assert inputs["input_ids"].tolist() == [[*short.ids, 0, 0], long.ids]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1, 1, 1, 0, 0], [1] * 7]
    assert inputs["token_type_ids"].tolist() == [[*short.type_ids, 0, 0], long.type_ids]
