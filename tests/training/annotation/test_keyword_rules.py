"""Topics and roles by words: what counts, what doesn't, what headings pass on."""

from __future__ import annotations

from pathlib import Path

import pytest

from fazhi.encoding import Sentence
from fazhi.errors import InputError
from fazhi.taxonomy import Taxonomy
from tests.foreign import save_foreign_taxonomy
from tests.tiny import CORPUS, ROOT
from training.annotation.keyword_rules import KeywordRules
from training.batches import body_units, sentence_of
from training.corpus import load_corpus
from training.evaluation.metrics import Answers, measure

RULES = ROOT / "data" / "keyword-rules.yaml"
MADE = """version: 1
ignored: ['为优化营商环境']
untagged: ['报告如下']
labels:
  norms: ['行政执法']
  oversight: ['行政执法监督', '评查']
  business: ['营商环境']
weak_labels:
  norms: ['检查']
  business: ['企业']
roles:
  default: done
  headings: {todo: ['打算'], bad: ['问题'], done: ['成效']}
  hints: {bad: ['不够'], todo: ['加快']}
  sentences: {todo: ['^明年']}
"""


@pytest.fixture(scope="module")
def released() -> KeywordRules:
    return KeywordRules.from_file(RULES)


@pytest.fixture
def made(tmp_path: Path) -> KeywordRules:
    path = tmp_path / "rules.yaml"
    path.write_text(MADE, "utf-8")
    return KeywordRules.from_file(path)


@pytest.mark.parametrize(
    ("text", "headings", "labels"),
    [
        ("行政执法监督平台当年投入使用。", (), ("oversight",)),  # the longer match covers the other
        ("行政执法有规范，案卷评查也有。", (), ("norms", "oversight")),
        ("为优化营商环境，修了三条路。", (), ()),
        ("检查了四十家企业和两座仓库。", ("（一）优化营商环境",), ("business",)),
        ("检查了四十家企业和两座仓库。", ("（一）评查案卷",), ("oversight",)),
        ("检查了四十家企业和两座仓库。", ("（一）其他工作",), ("norms", "business")),
        ("至目前，压减材料六十一份。", ("一、营商环境", "（一）其他"), ("business",)),
        ("至目前，压减材料六十一份。", ("一、营商环境", "（一）评查"), ("oversight",)),
        ("现将行政执法情况报告如下：", ("一、营商环境",), ()),
        ("已办结。", ("一、营商环境",), ()),  # a fragment
    ],
)
def test_topics(
    made: KeywordRules, text: str, headings: tuple[str, ...], labels: tuple[str, ...]
) -> None:
    assert made.predict([Sentence(text, headings)])[0][0] == labels


@pytest.mark.parametrize(
    ("text", "headings", "role"),
    [
        ("全年走访企业四十家。", (), "done"),
        ("有的科室人手不够。", ("三、存在的问题",), "bad"),
        ("明年走访企业四十家。", ("三、存在的问题",), "todo"),
        ("有的科室人手不够。", ("三、存在的问题和打算",), "bad"),
        ("加快建设三座仓库。", ("三、存在的问题和打算",), "todo"),
        ("全年走访企业四十家。", ("一、工作成效", "（二）对着问题改"), "done"),
    ],
)
def test_roles(made: KeywordRules, text: str, headings: tuple[str, ...], role: str) -> None:
    assert made.predict([Sentence(text, headings)])[0][1] == role


def test_full_width_and_traditional_forms_are_read_alike(released: KeywordRules) -> None:
    for text in ("全年办理行政复议案件四十二件。", "全年辦理行政復議案件四十二件。"):
        assert released.predict([Sentence(text)]) == [(("reconsideration",), "achievement")]


def test_the_released_rules_know_every_label_and_no_other(
    released: KeywordRules, taxonomy: Taxonomy
) -> None:
    assert tuple(released.labels) == taxonomy.label_ids
    assert set(released.weak_labels) <= set(taxonomy.label_ids)
    roles = {*released.sentence_roles, *released.heading_roles, *released.role_hints}
    assert roles | {released.default_role} == set(taxonomy.role_ids)


def test_figures_on_the_test_split(released: KeywordRules, taxonomy: Taxonomy) -> None:
    """Those that the README states; rules changed for the worse, or fitted to this split, show."""
    units = body_units(load_corpus(CORPUS, taxonomy).records_of("test"))
    labels, roles = zip(*released.predict([sentence_of(u) for u in units]), strict=True)
    metrics = measure(units, Answers.of_names(labels, roles, taxonomy), taxonomy)
    assert metrics["micro_f1"] == pytest.approx(0.760, abs=0.01)
    assert metrics["macro_f1"] == pytest.approx(0.773, abs=0.01)
    assert metrics["role_accuracy"] == pytest.approx(0.969, abs=0.01)


def test_a_foreign_taxonomy_is_found_by_its_names(released: KeywordRules, tmp_path: Path) -> None:
    foreign = Taxonomy.from_file(save_foreign_taxonomy(tmp_path / "foreign.yaml"))
    rules = released.for_taxonomy(foreign)
    sentences = [
        Sentence("本季度钱款全部入账。", ("二、未办的事",)),
        Sentence("本季度行政复议三件。", ("一、文书",)),
    ]
    assert rules.predict(sentences) == [(("money",), "open"), (("paper",), "done")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("'评查'", "'评(查'"), r"`labels.oversight`: `评\(查` is no valid regular expression"),
        (("['评查'", "[7, '评查'"), "`labels.oversight` must be a list of patterns"),
        (("  default: done\n", ""), "`roles.default` must be a role id"),
        (("weak_labels:", "others:"), "`weak_labels` must be a mapping"),
        (("version: 1", "version: [1"), "not valid YAML"),
    ],
)
def test_a_bad_file_is_named_with_the_key(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    path = tmp_path / "rules.yaml"
    text = MADE.replace("['行政执法监督', '评查']", "['评查']")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(InputError, match=f"rules.yaml: .*{message}"):
        KeywordRules.from_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: can't be read"):
        KeywordRules.from_file(tmp_path / "none.yaml")
