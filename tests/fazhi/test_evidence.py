"""Phrases cover what is read, cost what they may, and carry their label more than others do."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fazhi.artifact import RELEASED_MODEL
from fazhi.classifier import Classifier, Logits
from fazhi.encoding import Sentence, read_headings
from fazhi.errors import InputError
from fazhi.evidence import MAX_VARIANTS, Phrase, explain, phrases_of, weigh, without
from tests.tiny import REPORTS

SENTENCE = Sentence(
    "虽然取得了一定成绩，但仍存在少数干部学法用法不深不透、文书制作不规范等问题。",
    ("四、存在的问题",),
)


@pytest.fixture(scope="module")
def released() -> Classifier:
    return Classifier.from_pretrained(RELEASED_MODEL, threads=1)


PROPERTY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXTS = st.text(st.sampled_from("法治复议案件。，；“”《》（）. 1279%ab\n\u200b𠮷é"), max_size=500)


@PROPERTY
@given(text=TEXTS, path=st.lists(TEXTS.map(lambda text: text[:20]), max_size=6))
def test_phrases_are_places_of_the_sentence(
    tiny_classifier: Classifier, text: str, path: list[str]
) -> None:
    sentence = Sentence(text, tuple(path))
    phrases = phrases_of(sentence, tiny_classifier)
    assert len(phrases) <= MAX_VARIANTS
    assert phrases == phrases_of(sentence, tiny_classifier)
    for phrase in phrases:
        place = text if phrase.heading is None else path[phrase.heading]
        assert 0 <= phrase.start < phrase.end <= len(place)
        assert phrase.text == place[phrase.start : phrase.end] != ""
        assert (phrase.where == "text") == (phrase.heading is None)
        shorter = without(sentence, phrase)
        assert len(shorter.text) + sum(map(len, shorter.heading_path)) == len(text) + sum(
            map(len, path)
        ) - len(phrase.text)
        assert len(shorter.heading_path) == len(path)
    read = [path[p.heading] for p in phrases if p.heading is not None]
    assert read == [heading for heading in read_headings(path) if heading.strip()]


@PROPERTY
@given(text=st.text(st.sampled_from("法治复议案件，；"), min_size=1, max_size=300))
def test_windows_cover_every_character_between_punctuation(
    tiny_classifier: Classifier, text: str
) -> None:
    covered = {
        i for p in phrases_of(Sentence(text), tiny_classifier) for i in range(p.start, p.end)
    }
    assert covered >= {i for i, c in enumerate(text) if c not in "，；"}


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("", []),
        ("，。", []),
        ("普法", ["普法"]),
        ("办结12345.67万元，1,234件。", ["办结12345.67", "12345.67万元", "1,234件"]),
        ("《行政处罚法》施行。", ["行政处罚法", "施行"]),
    ],
)
def test_windows_cut_no_number_and_cross_no_punctuation(
    tiny_classifier: Classifier, text: str, phrases: list[str]
) -> None:
    assert [p.text for p in phrases_of(Sentence(text), tiny_classifier)] == phrases


def test_windows_grow_with_the_sentence(tiny_classifier: Classifier) -> None:
    short, long = (
        phrases_of(Sentence("全年办理行政复议案件若干件" * n), tiny_classifier) for n in (1, 20)
    )
    assert max(len(p.text) for p in short) <= 5
    assert len(long) <= MAX_VARIANTS and max(p.end for p in long) == 260


def test_drops_are_differences_of_calibrated_log_odds(tiny_classifier: Classifier) -> None:
    artifact = tiny_classifier.artifact
    taxonomy = artifact.taxonomy
    topics = np.zeros((4, len(taxonomy.labels)), dtype=np.float32)
    calibration = artifact.config.calibration[taxonomy.label_ids[2]]
    topics[:, 2] = (np.array([2.0, -1.0, 3.0, 0.5]) - calibration.offset) / calibration.scale
    roles = np.zeros((4, len(taxonomy.roles)), dtype=np.float32)
    phrases = [Phrase("text", None, at, at + 4, "四个汉字") for at in (0, 2, 8)]
    found = weigh(phrases, Logits(topics, roles), taxonomy.label_ids[2], artifact)
    assert [(e.start, e.drop) for e in found] == [(0, 3.0), (8, 1.5)], "no drop, no evidence"
    assert found[0].score == pytest.approx(1 / (1 + np.e), abs=1e-4)

    roles[1, 0] = -np.log(3) * artifact.config.role_temperature
    (role,) = weigh(phrases, Logits(topics, roles), taxonomy.role_ids[0], artifact)
    others = len(taxonomy.roles) - 1
    assert role.score == pytest.approx((1 / 3) / (1 / 3 + others), abs=1e-4)
    assert role.drop == pytest.approx(np.log(3), abs=1e-4)


def test_overlapping_phrases_are_told_once(tiny_classifier: Classifier) -> None:
    artifact = tiny_classifier.artifact
    topics = np.zeros((4, len(artifact.taxonomy.labels)), dtype=np.float32)
    topics[1:, 0] = [-1, -2, -1]
    roles = np.zeros((4, len(artifact.taxonomy.roles)), dtype=np.float32)
    phrases = [Phrase("text", None, at, at + 4, "四个汉字") for at in (0, 2)]
    phrases.append(Phrase("heading", 0, 0, 4, "四个汉字"))
    found = weigh(phrases, Logits(topics, roles), artifact.taxonomy.label_ids[0], artifact)
    assert [(e.where, e.start) for e in found] == [("text", 2), ("heading", 0)]


def test_unknown_label_is_named(tiny_classifier: Classifier) -> None:
    with pytest.raises(InputError, match="no-such: neither a topic nor a role of tiny@1.2.3"):
        explain(SENTENCE, "no-such", tiny_classifier)


def test_released_model_names_the_words_that_a_reader_would(released: Classifier) -> None:
    topic, *_ = explain(SENTENCE, "cadre_study", released)
    assert "学法" in topic.text and topic.score < 0.5 < topic.drop
    plan = Sentence("压减申报材料，逐月通报进度。", ("三、下一步工作打算", "（一）优化服务"))
    role, *_ = explain(plan, "plan", released)
    assert (role.where, role.heading, role.text) == ("heading", 0, "三、下一步工作打算")
    assert explain(SENTENCE, "cadre_study", released)[0] == topic


def test_top_phrase_carries_more_than_another_of_its_length(released: Classifier) -> None:
    """On reports that the model hasn't seen, for every topic of 20 sentences."""
    rng = random.Random(0)
    rows = [
        json.loads(line)
        for file in sorted(REPORTS.glob("held-*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    rows = rng.sample([r for r in rows if r["kind"] == "body" and len(r["text"]) > 20], 20)
    kept = []
    for row in rows:
        sentence = Sentence(row["text"], tuple(row["heading_path"]))
        (whole,) = released.predict([sentence])
        for label in whole.labels:
            found = [e for e in explain(sentence, label, released) if e.where == "text"]
            if not found:
                continue
            length = len(found[0].text)
            at = rng.randrange(len(sentence.text) - length)
            random_text = sentence.text[:at] + sentence.text[at + length :]
            (other,) = released.predict([replace(sentence, text=random_text)])
            kept.append((whole.scores[label], found[0].score, other.scores[label]))
    scores = np.array(kept)
    assert len(scores) > 15
    _, top, other = scores.mean(axis=0)
    assert top < other - 0.1
