// One row of the report: a sentence or heading with its role in the margin and its topics beside it.

import { h } from "./dom.js";
import { groupName, labelName, roleName, t } from "./i18n.js";
import { groupNumber, isCorrected, labelEntry, labelsOf, roleOf } from "./state.js";

const LETTERS = { zh: { achievement: "成", problem: "问", plan: "计", background: "背" }, en: { achievement: "A", problem: "P", plan: "N", background: "B" } };

/** The mark of a role: its letter; the shape around it comes from the style sheet. */
export const roleLetter = (role, language) => LETTERS[language][role] ?? roleName(role)[0];

/** A topic as a small button; `data-label` is its id. */
export const topicChip = (label) =>
  h(
    "button",
    {
      type: "button",
      class: "chip",
      tabindex: -1,
      dataset: { label, group: groupNumber(label) },
      "aria-label": t("unit.filter", { label: labelName(label) }),
      title: groupName(labelEntry(label)?.group),
    },
    labelName(label),
  );

/** A unit's element and what changes in it. */
export class Row {
  constructor(unit, index, printedText, startsParagraph) {
    this.unit = unit;
    const text = h(this.tag(), { class: "text", id: `unit-${index}` }, printedText);
    const mark = unit.kind === "meta" ? null : h("button", { type: "button", class: "mark", tabindex: -1, "aria-describedby": text.id });
    this.mark = mark;
    this.topics = h("span", { class: "topics" });
    this.element = h("div", { class: `unit ${unit.kind}${startsParagraph ? " paragraph" : ""}`, dataset: { id: unit.id } }, mark, text, this.topics);
    this.state = null; // what was drawn last
  }

  tag() {
    if (this.unit.kind === "title") return "h2";
    return this.unit.kind === "heading" ? `h${Math.min(6, 3 + this.unit.heading_path.length)}` : "p";
  }

  /** Draw labels and role, if they are others than before. */
  draw(language) {
    if (!this.mark) return;
    const { unit, element, mark } = this;
    const labels = labelsOf(unit);
    const role = roleOf(unit);
    const corrected = isCorrected(unit);
    const drawn = `${language} ${role} ${corrected} ${labels}`;
    if (drawn === this.state) return;
    this.state = drawn;
    const name = role ? t("unit.mark", { role: roleName(role) }) : t("unit.heading");
    mark.textContent = role ? roleLetter(role, language) : "§";
    mark.dataset.role = role ?? "none";
    mark.setAttribute("aria-label", corrected ? `${name} (${t("unit.corrected")})` : name);
    element.classList.toggle("corrected", corrected);
    if (labels.length) element.dataset.group = groupNumber(labels[0]);
    else delete element.dataset.group;
    this.topics.replaceChildren(...labels.map(topicChip));
    if (corrected) this.topics.append(h("span", { class: "edited" }, t("unit.corrected")));
  }
}
