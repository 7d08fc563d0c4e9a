"""Noise as real pages and scans have it, for training and for measuring; never stored.

Kinds: Traditional script by automatic conversion, pinyin behind characters (`監(jiān)管`),
full-width or half-width forms, slips of character recognition, lost dashes, missing full stops.
The normaliser of `fazhi` irons out most of the first three, so that what a model sees of them is what
is left over.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, pinyin

from fazhi.encoding import Sentence

# Pairs that scanners take for one another; either may stand for the other.
_LOOK_ALIKES = (
    "己已 未末 人入 土士 日曰 千干 天夫 大太 治冶 代伐 侯候 徵微 折拆 拔拨 析折 住往 佳住 任仟 体休 "
    "间问 门闩 闻间 见贝 设没 话活 计讣 证诬 讯汛 识织 调凋 诉拆 评坪 法去 注洼 清请 情清 "
    "措借 推椎 准淮 进迸 选迭 运远 近迈 处外 各名 合台 县具 且目 自白 百白 部陪 都邵 "
    "行衍 街衔 政攻 致政 效较 收牧 权杈 村材 杆杄 来耒 本木 案棠 服眼 胜肚 期朝 明朋 时吋 是昰 显湿 "
    "普晋 督瞥 审宙 宣宜 官宫 完宪 定走 实买 室窒 公么 分兮 份仿 办为 力刀 刑邢 制刺 利和 科料 种仲 "
    "积枳 管菅 等筝 答笞 简筒 算筭 落洛 范苑 营萤 节苄 荣柴 共其 典曲 全金 会佘 今令 企仝 会令 件仵"
).split()
_SLIP: dict[str, str] = {}
for _pair in _LOOK_ALIKES:
    _SLIP.setdefault(_pair[0], _pair[1])
    _SLIP.setdefault(_pair[1], _pair[0])

_HANZI = re.compile(r"[\u4e00-\u9fff]")
_TO_FULL = str.maketrans(
    "0123456789%(),:;?!",
    "０１２３４５６７８９％（），：；？！",
)
_TO_HALF = str.maketrans("，：；？！（）％“”", ',:;?!()%""')

_PINYIN_SHARE = 0.04
_SLIP_SHARE = 0.25  # of the characters that have a look-alike; about one in thirty of a text
_GAP_SHARE = 0.03


def disturb(sentence: Sentence, rng: random.Random) -> Sentence:
    """The sentence and its headings with one or two kinds of noise, drawn from `rng`.

    The same noise goes over all of them, as one page has one typesetter. Deterministic for a
    given state of `rng`.
    """
    kinds = rng.sample(KINDS, k=rng.choice((1, 1, 2)))
    texts: Sequence[str] = (sentence.text, *sentence.heading_path)
    for kind in kinds:
        texts = [kind(text, rng) for text in texts]
    return Sentence(texts[0], tuple(texts[1:]))


def traditional(text: str, rng: random.Random) -> str:
    """Traditional script as Hong Kong, Taiwan and converting browsers print it."""
    return str(_converter(rng.choice(("s2t", "s2tw", "s2hk"))).convert(text))


def pinyin_inserts(text: str, rng: random.Random) -> str:
    """Readings in brackets behind some characters."""

    def with_reading(match: re.Match[str]) -> str:
        if rng.random() >= _PINYIN_SHARE:
            return match.group()
        style = rng.choice((Style.TONE, Style.NORMAL))
        return f"{match.group()}({pinyin(match.group(), style=style)[0][0]})"

    return _HANZI.sub(with_reading, text)


def width(text: str, rng: random.Random) -> str:
    """All full-width, or all half-width."""
    return text.translate(rng.choice((_TO_FULL, _TO_HALF)))


def recognition_slips(text: str, rng: random.Random) -> str:
    """Look-alikes in place of characters, and gaps between them."""
    slipped = []
    for character in text:
        if character in _SLIP and rng.random() < _SLIP_SHARE:
            slipped.append(_SLIP[character])
        else:
            slipped.append(character)
        if rng.random() < _GAP_SHARE:
            slipped.append(" ")
    return "".join(slipped)


def lost_dashes(text: str, rng: random.Random) -> str:
    """Dashes dropped or read as something else."""
    return re.sub("[—－–-]+", lambda _: rng.choice(("", "-", "一", " ")), text)


def missing_stop(text: str, rng: random.Random) -> str:
    """No full stop at the end, now and then none inside the text either."""
    return text.rstrip("。；.;") if rng.random() < 0.8 else text.replace("。", "")


KINDS: tuple[Callable[[str, random.Random], str], ...] = (
    traditional,
    pinyin_inserts,
    width,
    recognition_slips,
    lost_dashes,
    missing_stop,
)


@lru_cache
def _converter(configuration: str) -> OpenCC:
    return OpenCC(configuration)
