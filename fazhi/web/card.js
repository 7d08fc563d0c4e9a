// The card of the selected unit: its scores, and its topics and role to correct.

import { correct, undoCorrection } from "./corrections.js";
import { h } from "./dom.js";
import { embedded } from "./embedded.js";
import { evidenceOf } from "./evidence.js";
import { groupName, labelName, roleName, t } from "./i18n.js";
import { announce } from "./notices.js";
import { roleLetter } from "./rows.js";
import { roleScores, topicScores } from "./scores.js";
import { groupNumber, isCorrected, labelsOf, printed, roleOf, state, update } from "./state.js";

const MOST_SCORES = 8;

export function createCard(report) {
  const element = h("section", { class: "card", id: "card", tabindex: -1, hidden: true, "aria-labelledby": "card-title" });
  let unit = null;

  const refresh = (analysis) => {
    unit = report.rowOf(state.selected)?.unit ?? null;
    element.hidden = unit === null;
    document.body.classList.toggle("has-card", unit !== null);
    if (!unit) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    element.replaceChildren(
      h("div", { class: "row" }, h("h3", { id: "card-title" }, t("card.title")), button("close", "×", () => close(), { "aria-label": t("close"), class: "plain close" })),
      h("p", { class: "quote" }, printed(unit, analysis)),
      h("h4", {}, t("card.scores")),
      topicScores(unit, MOST_SCORES),
      roleScores(unit) ?? "",
      roleOf(unit) === null ? "" : roleField(),
      topicField(),
      embedded ? "" : evidenceOf(unit),
      h("div", { class: "row" }, isCorrected(unit) ? button("reset", t("card.reset"), () => undoCorrection(unit)) : null, button("copy", t("card.copy"), copy)),
      h("p", { class: "quiet small" }, t("card.hint")),
    );
    if (focused) (element.querySelector(`[data-focus="${CSS.escape(focused)}"]`) ?? element).focus();
  };

  const button = (focus, text, click, properties = {}) => h("button", { type: "button", class: "small", dataset: { focus }, on: { click }, ...properties }, text);

  async function copy() {
    await navigator.clipboard?.writeText(element.querySelector(".quote").textContent);
    announce(t("copied"));
  }

  function close() {
    const row = report.rowOf(state.selected);
    update({ selected: null });
    if (row) report.focusRow(row);
  }

  function roleField() {
    const choice = ({ id }) => {
      const input = h("input", { type: "radio", name: "role", value: id, dataset: { focus: `role-${id}` }, on: { change: () => correct(unit, { role: id }) } });
      input.checked = roleOf(unit) === id;
      return h("label", {}, input, h("span", { class: "mark", dataset: { role: id }, "aria-hidden": "true" }, roleLetter(id, state.language)), roleName(id));
    };
    return h("fieldset", { class: "roles" }, h("legend", {}, t("card.role")), state.taxonomy.roles.map(choice));
  }

  function topicField() {
    const own = labelsOf(unit);
    const chip = (label) =>
      h(
        "li",
        { class: "chip", dataset: { group: groupNumber(label) } },
        labelName(label),
        button(`remove-${label}`, "×", () => correct(unit, { labels: own.filter((other) => other !== label) }), { class: "plain", "aria-label": t("card.remove", { label: labelName(label) }) }),
      );
    const option = ({ id }) => h("option", { value: id }, labelName(id));
    const free = state.taxonomy.labels.filter(({ id }) => !own.includes(id));
    const group = ({ id }) => h("optgroup", { label: groupName(id) }, free.filter((label) => label.group === id).map(option));
    const add = h("select", { class: "small", "aria-label": t("card.add"), dataset: { focus: "add" } }, h("option", { value: "" }, t("card.add")), state.taxonomy.groups.map(group));
    add.addEventListener("change", () => add.value && correct(unit, { labels: [...own, add.value] }));
    return h("fieldset", { class: "own-topics" }, h("legend", {}, t("card.topics")), h("ul", {}, own.map(chip)), add);
  }

  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  return { element, refresh };
}
