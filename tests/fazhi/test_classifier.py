from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from fazhi.artifact import LAYOUT, Artifact, write_manifest
from fazhi.classifier import GOLDEN_TOLERANCE, Classifier, Prediction
from fazhi.encoding import Sentence
from fazhi.errors import ArtifactError

BATCH_TOLERANCE = 1e-4  # the last digit that scores are rounded to


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    rng = random.Random(0)
    words = ["全年", "办理", "行政复议", "案件", "42件", "执法", "培训", "http", "，", "１２３４５"]
    headings = [(), ("一、工作情况",), ("二、存在问题", "(一)执法"), ("三、下一步打算",)]
    return [
        Sentence("".join(rng.choices(words, k=rng.randint(1, 60))), rng.choice(headings))
        for _ in range(90)
    ]


@pytest.fixture
def folder(tiny_artifact: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(tiny_artifact, tmp_path / "model"))


def difference(one: Prediction, other: Prediction) -> float:
    return max(
        abs(a[key] - b[key])
        for a, b in ((one.scores, other.scores), (one.role_scores, other.role_scores))
        for key in a
    )


def test_scores_are_probabilities(tiny_classifier: Classifier, sentences: list[Sentence]) -> None:
    taxonomy = tiny_classifier.artifact.taxonomy
    for prediction in tiny_classifier.predict(sentences):
        assert tuple(prediction.scores) == taxonomy.label_ids
        assert tuple(prediction.role_scores) == taxonomy.role_ids
        assert all(0 <= p <= 1 for p in prediction.scores.values())
        assert sum(prediction.role_scores.values()) == pytest.approx(1, abs=0.001)
        assert prediction.role_scores[prediction.role] == max(prediction.role_scores.values())


def test_labels_are_those_over_their_thresholds_strongest_first(
    tiny_classifier: Classifier, sentences: list[Sentence]
) -> None:
    thresholds = tiny_classifier.artifact.config.thresholds
    sentences = [Sentence(sentence.text) for sentence in sentences]  # no fallback below headings
    for threshold in (None, 0.05, 0.1):
        for prediction in tiny_classifier.predict(sentences, threshold):
            scores = prediction.scores
            assert [scores[x] for x in prediction.labels] == sorted(
                (scores[x] for x in prediction.labels), reverse=True
            )
            for label, score in scores.items():
                limit = thresholds[label] if threshold is None else threshold
                if abs(score - limit) > 0.0001:  # scores are rounded
                    assert (label in prediction.labels) == (score >= limit)


def test_threshold_zero_gives_every_label_and_one_gives_none(tiny_classifier: Classifier) -> None:
    sentence = Sentence("全年办理行政复议案件42件。")
    every, none = (tiny_classifier.predict([sentence], threshold)[0] for threshold in (0.0, 1.0))
    assert sorted(every.labels) == sorted(every.scores)
    assert none.labels == ()
    assert none.scores == every.scores


def test_order_is_kept_whatever_the_lengths(
    tiny_classifier: Classifier, sentences: list[Sentence]
) -> None:
    together = tiny_classifier.predict(sentences)
    alone = [tiny_classifier.predict([sentence])[0] for sentence in sentences]
    assert [p.n_tokens for p in together] == [p.n_tokens for p in alone]
    assert max(map(difference, together, alone)) < BATCH_TOLERANCE
    backwards = tiny_classifier.predict(sentences[::-1])[::-1]
    assert max(map(difference, together, backwards)) < BATCH_TOLERANCE


def test_same_call_gives_the_same_answer(
    tiny_classifier: Classifier, sentences: list[Sentence]
) -> None:
    assert tiny_classifier.predict(sentences) == tiny_classifier.predict(sentences)


def test_many_threads_get_the_answers_of_one(
    tiny_classifier: Classifier, sentences: list[Sentence]
) -> None:
    batches = [sentences[i : i + 7] for i in range(0, 84, 7)] * 4
    expected = [tiny_classifier.predict(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tiny_classifier.predict, batches)) == expected


def test_headings_are_read(tiny_classifier: Classifier) -> None:
    text = "全年办理行政复议案件42件。"
    bare, headed = tiny_classifier.predict([Sentence(text), Sentence(text, ("存在问题",))])
    assert headed.n_tokens > bare.n_tokens
    assert headed.scores != bare.scores


def test_very_long_input_says_that_it_was_cut(tiny_classifier: Classifier) -> None:
    long, short = tiny_classifier.predict([Sentence("执法培训" * 50_000), Sentence("执法培训")])
    assert long.truncated and not short.truncated
    assert long.n_tokens == tiny_classifier.artifact.config.encoding.max_length_tokens


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\ud800", "\x00", "😀" * 300, "a" * 10_000])
def test_odd_text_is_answered(text: str, tiny_classifier: Classifier) -> None:
    prediction = tiny_classifier.predict([Sentence(text, (text,))])[0]
    assert len(prediction.scores) == 26


def test_nothing_gives_nothing(tiny_classifier: Classifier) -> None:
    assert tiny_classifier.predict([]) == []
    assert tiny_classifier.logits([]).topics.shape == (0, 26)


def test_logits_become_scores(
    tiny_classifier: Classifier, sentences: list[Sentence], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_classifier.artifact.config
    monkeypatch.setattr(tiny_classifier, "_calibration", [(0.5, -0.25)] * 26)
    logits, predictions = tiny_classifier.logits(sentences), tiny_classifier.predict(sentences)
    topics = 1 / (1 + np.exp(0.25 - logits.topics.astype(float) * 0.5))
    roles = np.exp(logits.roles.astype(float) / config.role_temperature)
    roles /= roles.sum(axis=1, keepdims=True)
    assert np.allclose(topics, [list(p.scores.values()) for p in predictions], atol=1e-4)
    assert np.allclose(roles, [list(p.role_scores.values()) for p in predictions], atol=1e-4)


def test_below_headings_the_likeliest_topic_is_given_from_the_fallback_on(
    tiny_artifact: Path,
) -> None:
    artifact = Artifact.load(tiny_artifact)
    high = dict.fromkeys(artifact.config.thresholds, 0.999)
    config = replace(artifact.config, thresholds=high, fallback_threshold=0.0)
    classifier = Classifier(replace(artifact, config=config), threads=1)
    below, bare = classifier.predict([Sentence("报道了。", ("普法",)), Sentence("报道了。")])
    assert below.labels == (max(below.scores, key=lambda label: below.scores[label]),)
    assert bare.labels == ()
    (asked,) = classifier.predict([Sentence("报道了。", ("普法",))], threshold=0.999)
    assert asked.labels == (), "a threshold that somebody names is the only one"
    cautious = replace(config, fallback_threshold=max(below.scores.values()) + 1e-6)
    other = Classifier(replace(artifact, config=cautious), threads=1)
    assert other.predict([Sentence("报道了。", ("普法",))])[0].labels == ()


def test_model_id_names_the_version(tiny_classifier: Classifier) -> None:
    assert tiny_classifier.model_id == "tiny@1.2.3"


def assert_refused(folder: Path, message: str) -> None:
    write_manifest(folder)
    with pytest.raises(ArtifactError) as error:
        Classifier.from_pretrained(folder, threads=1)
    assert str(error.value).startswith(f"{folder}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("which", ["scores", "role_scores"])
def test_golden_sentence_answered_differently_is_refused(which: str, folder: Path) -> None:
    path = folder / LAYOUT.golden
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    key, score = next(iter(rows[-1][which].items()))
    rows[-1][which][key] = score + GOLDEN_TOLERANCE * (0.5 if score < 0.5 else -0.5)
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    write_manifest(folder)
    Classifier.from_pretrained(folder, threads=1)  # other CPUs may move a score by as much
    rows[-1][which][key] = score + GOLDEN_TOLERANCE * (1.5 if score < 0.5 else -1.5)
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert_refused(folder, f"the model scores `{key}` at {score:.2f}")


def test_golden_score_of_an_unknown_label_is_refused(folder: Path) -> None:
    path = folder / LAYOUT.golden
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    row["scores"]["unknown"] = 0.0
    path.write_text(json.dumps(row), "utf-8")
    assert_refused(folder, "`unknown`")


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("break_", [half, lambda _: b"", lambda _: b"no graph"])
@pytest.mark.parametrize("name", [LAYOUT.graph, LAYOUT.tokenizer])
def test_broken_file_with_the_right_hash_is_refused(
    name: str, break_: Callable[[bytes], bytes], folder: Path
) -> None:
    (folder / name).write_bytes(break_((folder / name).read_bytes()))
    assert_refused(folder, "the model can't be loaded")


def test_graph_without_the_outputs_is_refused(folder: Path) -> None:
    graph = onnx.load(folder / LAYOUT.graph)
    for node in graph.graph.node:
        node.output[:] = [name.replace("topic_logits", "topics") for name in node.output]
    for output in graph.graph.output:
        output.name = output.name.replace("topic_logits", "topics")
    onnx.save(graph, folder / LAYOUT.graph)
    assert_refused(folder, "the model can't be loaded")


def test_graph_for_fewer_labels_is_refused(folder: Path) -> None:
    taxonomy = (folder / LAYOUT.taxonomy).read_text("utf-8")
    new = "labels:\n  - {id: new, name: 新, group: leadership}\n"
    (folder / LAYOUT.taxonomy).write_text(taxonomy.replace("labels:\n", new), "utf-8")
    config = json.loads((folder / LAYOUT.config).read_text("utf-8"))
    config["thresholds"]["new"] = 0.5
    config["calibration"]["new"] = {"scale": 1.0, "offset": 0.0}
    (folder / LAYOUT.config).write_text(json.dumps(config), "utf-8")
    assert_refused(folder, "the model can't be loaded")


def add_to_bias(folder: Path, at: int | slice, value: float) -> None:
    """Shift logits: those of the topics come first, then those of the roles."""
    graph = onnx.load(folder / LAYOUT.graph)
    (tensor,) = (t for t in graph.graph.initializer if t.name == "head.bias")
    bias = onnx.numpy_helper.to_array(tensor).copy()
    bias[at] += value
    tensor.CopyFrom(onnx.numpy_helper.from_array(bias, tensor.name))
    onnx.save(graph, folder / LAYOUT.graph)


def test_graph_that_answers_nan_is_refused(folder: Path) -> None:
    add_to_bias(folder, slice(None), np.nan)
    assert_refused(folder, "at nan instead of")


@pytest.mark.parametrize("role", range(4))
def test_role_and_labels_are_those_with_the_highest_logits(role: int, folder: Path) -> None:
    add_to_bias(folder, 26 + role, 20.0)
    add_to_bias(folder, 7, 20.0)
    (folder / LAYOUT.golden).write_bytes(b"")
    write_manifest(folder)
    classifier = Classifier.from_pretrained(folder, threads=1)
    prediction = classifier.predict([Sentence("执法")])[0]
    assert prediction.role == classifier.artifact.taxonomy.role_ids[role]
    assert prediction.labels[0] == classifier.artifact.taxonomy.label_ids[7]
