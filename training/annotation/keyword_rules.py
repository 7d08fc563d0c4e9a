"""Topics and roles by words alone: rules in a YAML file, no model.

Topics (§3 of `data/guideline.md`): a sentence has those of its own words; one without topic words
takes them from the nearest heading that has some. Of matches that overlap the longest one counts,
so that 行政执法监督 isn't 行政执法 as well; `ignored` are words that cover others and mean nothing;
weak words, which mean several things, count where there are no others.
Roles (§4): the sentence's own words first, then the topmost heading that speaks of a role; where it
speaks of several, hints in the sentence choose among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from fazhi.encoding import Sentence
from fazhi.errors import InputError
from fazhi.normalize import normalize, squeeze
from fazhi.taxonomy import Taxonomy

# Shorter fragments have no topic of their own (§3, rule 5), nor do they take one from a heading.
_MIN_CHARACTERS = 6

_Patterns = Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class KeywordRules:
    """Patterns by label id and by role id, applied to cleaned text (`fazhi.normalize`).

    `untagged` are sentences without a topic whatever stands above them; roles are tried in the
    order of the file; `default_role` is given where no word tells.
    """

    labels: _Patterns
    weak_labels: _Patterns
    ignored: re.Pattern[str] | None
    untagged: re.Pattern[str] | None
    sentence_roles: _Patterns
    heading_roles: _Patterns
    role_hints: _Patterns
    default_role: str

    @classmethod
    def from_file(cls, path: str | Path) -> KeywordRules:
        """Read a file such as `data/keyword-rules.yaml`.

        Raises:
            InputError: the file can't be read, lacks a key, or holds a pattern that is no
                regular expression; names file and key.
        """
        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: can't be read as UTF-8 text: {error}") from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
        try:
            return cls._from_raw(raw)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    @classmethod
    def _from_raw(cls, raw: Any) -> KeywordRules:  # noqa: ANN401 (whatever YAML holds)
        top = _mapping(raw, "the file")
        roles = _mapping(top.get("roles"), "`roles`")
        if not isinstance(roles.get("default"), str):
            raise InputError("`roles.default` must be a role id")
        return cls(
            labels=_patterns(top.get("labels"), "labels"),
            weak_labels=_patterns(top.get("weak_labels"), "weak_labels"),
            ignored=_pattern(top["ignored"], "ignored") if "ignored" in top else None,
            untagged=_pattern(top["untagged"], "untagged") if "untagged" in top else None,
            sentence_roles=_patterns(roles.get("sentences"), "roles.sentences"),
            heading_roles=_patterns(roles.get("headings"), "roles.headings"),
            role_hints=_patterns(roles.get("hints"), "roles.hints"),
            default_role=roles["default"],
        )

    def for_taxonomy(self, taxonomy: Taxonomy) -> KeywordRules:
        """The rules for the labels and roles of a taxonomy, in its order.

        Those that the rules don't know are found by their names. A default role that the taxonomy
        lacks is replaced by its first.
        """
        roles = taxonomy.role_ids
        return replace(
            self,
            labels={
                label.id: self.labels.get(label.id, re.compile(re.escape(label.name)))
                for label in taxonomy.labels
            },
            weak_labels=_only(self.weak_labels, taxonomy.label_ids),
            sentence_roles=_only(self.sentence_roles, roles),
            heading_roles={
                role.id: self.heading_roles.get(role.id, re.compile(re.escape(role.name)))
                for role in taxonomy.roles
            },
            role_hints=_only(self.role_hints, roles),
            default_role=self.default_role if self.default_role in roles else roles[0],
        )

    def predict(self, sentences: Sequence[Sentence]) -> list[tuple[tuple[str, ...], str]]:
        """Label ids, in the order of the rules, and role id of each sentence."""
        return [(self._labels(sentence), self._role(sentence)) for sentence in sentences]

    def own_labels(self, text: str) -> tuple[str, ...]:
        """Label ids of the text's own words, in the order of the rules."""
        clean = _clean(text)
        return self._found(self.labels, clean) or self._found(self.weak_labels, clean)

    def _labels(self, sentence: Sentence) -> tuple[str, ...]:
        text = _clean(sentence.text)
        if len(text) < _MIN_CHARACTERS or (self.untagged and self.untagged.search(text)):
            return ()
        strong = self._found(self.labels, text)
        if strong:
            return strong
        weak, above = self._found(self.weak_labels, text), self._above(sentence.heading_path)
        return tuple(label for label in weak if label in above) or above or weak

    def _above(self, heading_path: Sequence[str]) -> tuple[str, ...]:
        """The topics of the nearest heading that has some."""
        for heading in reversed(heading_path):
            labels = self.own_labels(heading)
            if labels:
                return labels
        return ()

    def _found(self, patterns: _Patterns, text: str) -> tuple[str, ...]:
        spans = list(self._spans(patterns, text))
        kept = {
            label
            for label, start, end in spans
            if not any(a <= start and end <= b and b - a > end - start for _, a, b in spans)
        }
        return tuple(label for label in patterns if label in kept)

    def _spans(self, patterns: _Patterns, text: str) -> Iterator[tuple[str | None, int, int]]:
        """Every match as `(label, start, end)`; None stands for words that mean nothing."""
        ignored = [(None, self.ignored)] if self.ignored else []
        for label, pattern in (*patterns.items(), *ignored):
            for match in pattern.finditer(text):
                yield label, match.start(), match.end()

    def _role(self, sentence: Sentence) -> str:
        text = _clean(sentence.text)
        for role, pattern in self.sentence_roles.items():
            if pattern.search(text):
                return role
        for heading in map(_clean, sentence.heading_path):
            roles = [role for role, p in self.heading_roles.items() if p.search(heading)]
            hinted = (r for r in roles if r in self.role_hints and self.role_hints[r].search(text))
            if roles:
                return roles[0] if len(roles) == 1 else next(hinted, roles[-1])
        return self.default_role


def _only(patterns: _Patterns, ids: Sequence[str]) -> _Patterns:
    return {id_: pattern for id_, pattern in patterns.items() if id_ in ids}


def _clean(text: str) -> str:
    return squeeze(normalize(text).text)


def _mapping(raw: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 (whatever YAML holds)
    if not isinstance(raw, dict):
        raise InputError(f"{name} must be a mapping")
    return raw


def _patterns(raw: Any, key: str) -> dict[str, re.Pattern[str]]:  # noqa: ANN401
    return {
        str(id_): _pattern(rows, f"{key}.{id_}") for id_, rows in _mapping(raw, f"`{key}`").items()
    }


def _pattern(rows: Any, key: str) -> re.Pattern[str]:  # noqa: ANN401
    """One pattern of a list of them."""
    if not isinstance(rows, list) or not rows or not all(isinstance(r, str) and r for r in rows):
        raise InputError(f"`{key}` must be a list of patterns, each a text that isn't empty")
    for row in rows:
        try:
            re.compile(row)
        except re.error as error:
            raise InputError(f"`{key}`: `{row}` is no valid regular expression ({error})") from None
    return re.compile("|".join(rows))
