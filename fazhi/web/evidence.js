// The words that carried a sentence's topics and role, asked of the service when the reader wants them.

import { postEvidence, ServiceError } from "./api.js";
import { h } from "./dom.js";
import { labelName, number, roleName, t } from "./i18n.js";
import { inWords } from "./notices.js";
import { groupNumber, labelEntry, labelsOf, roleOf, state } from "./state.js";

const MOST_PHRASES = 3;
const LEAST_DROP = 0.01;

const made = new WeakMap(); // unit → {language, element}

/** The part of the card that asks for evidence of a unit and shows it. */
export function evidenceOf(unit) {
  const known = made.get(unit);
  if (known?.language === state.language) return known.element;
  const result = h("div", { role: "status" });
  const ask = h("button", { type: "button", class: "small", dataset: { focus: "evidence" } }, t("evidence.ask"));
  ask.addEventListener("click", async () => {
    result.textContent = t("evidence.asking");
    try {
      result.replaceChildren(...shown(await postEvidence(unit, [...labelsOf(unit), roleOf(unit)].filter(Boolean))));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      result.textContent = inWords(error);
    }
  });
  const element = h("div", { class: "evidence" }, ask, result);
  made.set(unit, { language: state.language, element });
  return element;
}

function shown({ evidence }) {
  const phrase = ({ text, where, drop }) =>
    h("li", {}, h("mark", {}, text), where === "heading" ? ` ${t("evidence.heading")}` : "", h("span", { class: "value" }, ` −${number(drop, 2)}`));
  const entry = ({ id, phrases }) => {
    const carried = phrases.filter(({ drop }) => drop >= LEAST_DROP).slice(0, MOST_PHRASES);
    const isTopic = labelEntry(id) !== undefined;
    return [
      h("dt", { dataset: isTopic ? { group: groupNumber(id) } : {} }, isTopic ? labelName(id) : roleName(id)),
      h("dd", {}, carried.length ? h("ul", {}, carried.map(phrase)) : t("evidence.none")),
    ];
  };
  return [h("dl", {}, evidence.map(entry)), h("p", { class: "quiet small" }, t("evidence.hint"))];
}
