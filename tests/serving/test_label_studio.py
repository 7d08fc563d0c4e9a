"""`/integrations/label-studio` answers what Label Studio sends to a machine-learning backend."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from tests.serving.service import Service
from training.annotation.label_studio import (
    labelling_config,
    read_label_studio,
    write_label_studio,
)

BASE = "/integrations/label-studio"
TEXTS = ["全年办理行政复议案件42件，纠错率7.1%。", "执法人员法治意识有待提高。"]
ROLES = (
    '<Choices name="role" toName="t"><Choice value="成效举措"/><Choice value="problem"/></Choices>'
)


def config(*controls: str, text: str = '<Text name="t" value="$sentence"/>') -> str:
    return f"<View><Header value='x'/>{text}{''.join(controls)}</View>"


def topics(*choices: str, more: str = 'choice="multiple"', name: str = "topics") -> str:
    return f'<Choices name="{name}" toName="t" {more}>{"".join(choices)}</Choices>'


def choice(value: str, alias: str | None = None) -> str:
    return f'<Choice value="{value}"' + (f' alias="{alias}"' if alias else "") + "/>"


def request(label_config: str, *texts: str) -> dict[str, Any]:
    """A prediction request with everything that Label Studio puts into one."""
    tasks = [
        {
            "id": number,
            "data": {"sentence": text, "other": [1, None]},
            "meta": {},
            "is_labeled": False,
            "project": 3,
            "annotations": [],
            "predictions": [],
        }
        for number, text in enumerate(texts, start=1)
    ]
    return {
        "tasks": tasks,
        "model_version": None,
        "project": "3.1700000000",
        "label_config": label_config,
        "params": {"login": "someone", "password": "geheim", "context": None},
    }


def predict(service: Service, label_config: str, *texts: str) -> list[dict[str, Any]]:
    response = service.post(f"{BASE}/predict", request(label_config, *texts))
    results = service.answer(response)["results"]
    assert len(results) == len(texts)
    assert {result["model_version"] for result in results} == {"tiny@1.2.3"}
    return results


@pytest.fixture
def lowered(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every label is given."""
    monkeypatch.setattr(
        service.classifier, "_thresholds", [0.0] * len(service.classifier._thresholds)
    )


def region(name: str, *choices: str) -> dict[str, Any]:
    value = {"choices": list(choices)}
    return {"from_name": name, "to_name": "t", "type": "choices", "value": value}


@pytest.mark.usefixtures("lowered")
def test_ids_names_and_aliases_mean_labels(service: Service, tiny_classifier: Classifier) -> None:
    control = topics(
        choice("reconsideration"), choice("放管服"), choice("学法", "cadre_study"),
        choice("普法", "宣传"), choice("disclosure", "公开"),
    )  # fmt: skip
    shown = {
        "reconsideration": "reconsideration",
        "fangguanfu": "放管服",
        "cadre_study": "cadre_study",
        "law_popularization": "宣传",
        "disclosure": "公开",
    }
    predictions = tiny_classifier.predict([Sentence(text) for text in TEXTS], 0)
    results = predict(service, config(control), *TEXTS)
    for prediction, result in zip(predictions, results, strict=True):
        wanted = [i for i in prediction.labels if i in shown]
        assert result["result"] == [region("topics", *(shown[i] for i in wanted))]
        assert result["score"] == min(prediction.scores[i] for i in wanted)


@pytest.mark.usefixtures("lowered")
def test_single_choice_gets_the_strongest_label(
    service: Service, tiny_classifier: Classifier, taxonomy: Taxonomy
) -> None:
    control = topics(*(choice(label.name) for label in taxonomy.labels), more="")
    (result,) = predict(service, config(control), TEXTS[0])
    (prediction,) = tiny_classifier.predict([Sentence(TEXTS[0])], 0)
    strongest = taxonomy.label_by_id[prediction.labels[0]]
    assert result["result"] == [region("topics", strongest.name)]
    assert result["score"] == prediction.scores[strongest.id]


def test_no_label_leaves_the_choices_empty(
    service: Service, monkeypatch: pytest.MonkeyPatch, tiny_classifier: Classifier
) -> None:
    monkeypatch.setattr(
        service.classifier, "_thresholds", [2.0] * len(service.classifier._thresholds)
    )
    control = topics(choice("reconsideration"), choice("普法"))
    (result,) = predict(service, config(control), TEXTS[0])
    (prediction,) = tiny_classifier.predict([Sentence(TEXTS[0])])
    strongest = max(prediction.scores[i] for i in ("reconsideration", "law_popularization"))
    assert result["result"] == []
    assert result["score"] == 1 - strongest


@pytest.mark.usefixtures("lowered")
@pytest.mark.parametrize("order", [1, -1], ids=["topics first", "role first"])
def test_role_is_filled_in_beside_the_topics(
    service: Service, tiny_classifier: Classifier, order: int
) -> None:
    controls = [topics(choice("行政复议")), ROLES][::order]
    other = topics(choice("好"), choice("坏"), name="quality")
    (result,) = predict(service, config(*controls, other), TEXTS[1])
    (prediction,) = tiny_classifier.predict([Sentence(TEXTS[1])])
    scores = {k: v for k, v in prediction.role_scores.items() if k in ("achievement", "problem")}
    role = max(scores, key=scores.__getitem__)
    shown = {"achievement": "成效举措", "problem": "problem"}[role]
    assert result["result"] == [region("topics", "行政复议"), region("role", shown)]
    assert result["score"] == min(prediction.scores["reconsideration"], scores[role])


def test_the_exported_configuration_and_tasks_go_through(
    service: Service, taxonomy: Taxonomy, tiny_classifier: Classifier, tmp_path: Path
) -> None:
    """`make annotate-export`, pre-annotations by this service, the annotator's consent, `make train`."""
    units = [
        Record("a-001", TEXTS[0], "body", ("一、工作", "(二)化解争议")),
        Record("a-002", TEXTS[1]),
    ]
    write_label_studio(tmp_path / "tasks.json", units, "tiny@1.2.3", [0.5, 0.5])
    tasks = [
        {"id": n, **task}
        for n, task in enumerate(json.loads((tmp_path / "tasks.json").read_text()))
    ]
    body = {"tasks": tasks, "label_config": labelling_config(taxonomy)}
    results = service.answer(service.post(f"{BASE}/predict", body))["results"]
    for task, result in zip(tasks, results, strict=True):
        task["annotations"] = [{"result": result["result"]}]
    (tmp_path / "export.json").write_text(json.dumps(tasks), "utf-8")
    annotated = read_label_studio(tmp_path / "export.json", taxonomy)
    sentences = [Sentence(unit.text, unit.heading_path) for unit in units]
    for unit, record, prediction in zip(
        units, annotated, tiny_classifier.predict(sentences), strict=True
    ):
        assert set(record.labels or ()) == set(prediction.labels)
        assert record == replace(unit, labels=record.labels, role=prediction.role)


@pytest.mark.parametrize("headings", ["甲 > 乙", [1], [["甲"]], {"a": 1}, None, 3])
def test_anything_else_by_the_name_of_headings_is_passed_over(
    service: Service, headings: object
) -> None:
    tasks = [{"data": {"sentence": TEXTS[0], **more}} for more in ({}, {"heading_path": headings})]
    body = {"tasks": tasks, "label_config": config(ROLES)}
    plain, odd = service.answer(service.post(f"{BASE}/predict", body))["results"]
    assert odd == plain


def test_role_alone(service: Service) -> None:
    results = predict(service, config(ROLES), *TEXTS)
    assert [[r["from_name"] for r in result["result"]] for result in results] == [["role"]] * 2


def test_first_choices_tied_to_a_text_are_meant(service: Service) -> None:
    image = '<Image name="i" value="$image"/><Choices name="c" toName="i"><Choice value="猫"/></Choices>'
    xml = f'<?xml version="1.0" encoding="gb2312"?><!-- 注 -->{config(image, ROLES)}'
    (result,) = predict(service, xml, TEXTS[0])
    assert result["result"][0]["from_name"] == "role"


BOMB = '<!DOCTYPE View [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
BAD_CONFIGS = [
    ("", "not valid XML"),
    ("<View>", "not valid XML"),
    ("<View/>", "needs a <Choices>"),
    (config('<Choices name="c" toName="other"><Choice value="普法"/></Choices>'), "needs a <Ch"),
    (config(topics()), "at least one <Choice>"),
    (
        config(topics(choice("普法"), choice("天气预报"))),
        "the choice `天气预报`, which is no label",
    ),
    (
        config(topics(choice("普法"), choice("存在问题"))),
        "the choice `存在问题`, which is no label",
    ),
    (config(topics(choice("存在问题"), choice("普法"))), "the choice `普法`, which is no role"),
    (config(topics(choice("普法"), choice("law_popularization"))), "`law_popularization` twice"),
    (config(topics("<Choice/>")), "the choice ``"),
    (config(topics('<Choice value="普法"><Choice value="放管服"/></Choice>')), "inside others"),
    (config(ROLES, text='<Text name="t" value="words"/>'), "as $text does"),
    (config(ROLES, text='<Text name="t" value="$"/>'), "as $text does"),
    (config(ROLES, text='<Text name="t" value="$u" valueType="url"/>'), "not URLs"),
    (BOMB + config(topics(choice("&b;"))), "DOCTYPE"),
    (BOMB + config(ROLES), "DOCTYPE"),
    ("<View>" * 300 + "</View>" * 300, "not valid XML"),
    ("<View>\x00</View>", "not valid XML"),
    (" " * 200_001, "200000"),
    ("<View>\ud800</View>", "surrogate"),
]


@pytest.mark.parametrize(("xml", "message"), BAD_CONFIGS, ids=lambda value: repr(value)[-40:])
def test_config_that_cant_be_filled_in_fails_loudly(
    service: Service, xml: str, message: str
) -> None:
    response = service.post(f"{BASE}/predict", request(xml, TEXTS[0]))
    answer = service.answer(response, 422)
    assert list(answer) == ["error"]
    assert answer["error"].startswith("label_config: ") and message in answer["error"]
    response = service.post(f"{BASE}/setup", {"project": "3.1", "schema": xml})
    answer = service.answer(response, 422)
    assert answer["error"].startswith("schema: ") and message in answer["error"]


@pytest.mark.parametrize(
    ("tasks", "status", "message"),
    [
        (None, 422, "tasks: "),
        ([], 422, "tasks: "),
        ([1], 422, "tasks[0]: "),
        ([{"id": 1}], 422, "tasks[0].data: "),
        ([{"data": {}}], 422, "tasks[0].data.sentence: "),
        ([{"data": {"sentence": "a"}}, {"data": {"sentence": 5}}], 422, "tasks[1].data.sentence: "),
        ([{"data": {"sentence": " "}}], 422, "tasks[0].data.sentence: must not be empty"),
        ([{"data": {"sentence": "\ud800"}}], 422, "tasks[0].data.sentence: "),
        ([1] * 100_000, 422, "tasks[0]: "),
        ([{"data": {"sentence": "a"}}] * 2_001, 413, "tasks: 2001 sentences"),
        ([{"data": {"sentence": "字" * 20_001}}], 413, "tasks[0].data.sentence: 20001 characters"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_bad_tasks_are_refused(service: Service, tasks: Any, status: int, message: str) -> None:
    body = {"tasks": tasks, "label_config": config(ROLES)}
    answer = service.answer(service.post(f"{BASE}/predict", body), status)
    assert list(answer) == ["error"]
    assert answer["error"].startswith(message)


def test_connecting_a_project(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        health = service.answer(service.client.get(f"{BASE}/health"))
        body = {
            "project": "3.1700000000",
            "schema": config(ROLES),
            "hostname": "http://studio.example",
            "access_token": "geheim-4711",
            "extra_params": None,
        }
        version = service.answer(service.post(f"{BASE}/setup", body))
        refused = service.post(f"{BASE}/setup", {**body, "schema": "<View/>"})
        event = {"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "project": {"id": 3}}
        webhook = service.client.post(f"{BASE}/webhook", json=event)
    assert health == {"status": "UP", "model_class": "tiny"}
    assert version == {"model_version": "tiny@1.2.3"}
    assert service.answer(webhook, 201) == {"status": "ignored"}
    assert "geheim" not in caplog.text + refused.text


def test_stopping_backend_is_down(start: Callable[..., Service]) -> None:
    service = start()
    service.app.state.inference.close()
    stopping = {"error": "The service is stopping."}
    assert service.answer(service.client.get(f"{BASE}/health"), 503) == stopping
    response = service.post(f"{BASE}/predict", request(config(ROLES), *TEXTS))
    assert service.answer(response, 503) == stopping


def test_paths_below_have_its_errors(client: httpx.Client) -> None:
    for method, path, status in (
        ("POST", "/train", 404),
        ("GET", "/predict", 405),
        ("GET", "", 404),
    ):
        response = client.request(method, BASE + path)
        assert response.status_code == status
        assert list(response.json()) == ["error"]
    response = client.post(f"{BASE}/predict", content=b"a", headers={"Content-Type": "text/plain"})
    assert (response.status_code, list(response.json())) == (415, ["error"])


def test_documented_examples_work(service: Service) -> None:
    schemas = service.openapi["components"]["schemas"]
    fields = schemas["LabelStudioPredictRequest"]["properties"]
    body = {name: fields[name]["examples"][0] for name in ("tasks", "label_config")}
    response = service.post(f"{BASE}/predict", body)
    assert service.answer(response)["results"][0]["result"][-1]["from_name"] == "role"
