// Small parts that several tabs show, and what a click on them does. No listener of their own:
// `follow` handles the clicks of a whole tab.

import { h } from "../dom.js";
import { labelName, t } from "../i18n.js";
import { goToUnit, groupNumber, NONE, printed, showInReport, update } from "../state.js";
import { reportName } from "./findings.js";

const attached = new WeakSet(); // containers that follow clicks already

/**
 * Replace what a tab shows. The focused element gets its focus back by its id, boxes with an id
 * stay scrolled, and clicks are followed from the first time on.
 */
export function show(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = [...container.querySelectorAll(".scroll[id]")].map((box) => [box.id, box.scrollLeft]);
  container.replaceChildren(h("div", { class: "tab" }, ...children));
  for (const [id, left] of scrolled) {
    const box = document.getElementById(id);
    if (box) box.scrollLeft = left;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (attached.has(container)) return;
  attached.add(container);
  container.addEventListener("click", follow);
}

/** Which report a tab is about, for paper: on a screen the bar says it. */
export const paperTitle = (analysis) => h("h2", { class: "on-paper" }, reportName(analysis));

/** Go where a clicked element points: to a sentence, or to the report under a filter. */
function follow(event) {
  const target = event.target.closest("[data-unit], [data-labels], [data-roles]");
  if (!target) return;
  const { unit, labels, roles, report } = target.dataset;
  if (unit) goToUnit(unit);
  else {
    if (report) update({ current: Number(report) });
    showInReport({ labels: labels ? labels.split(" ") : [], roles: roles ? roles.split(" ") : [] });
  }
}

/** A topic's name with the mark of its group; null is “no topic”. */
export const topic = (label) =>
  h("span", { class: "topic", dataset: { group: label ? groupNumber(label) : -1 } }, topicName(label));

/** A topic's name; null is “no topic”. */
export const topicName = (label) => (label ? labelName(label) : t("none"));

/** A topic that filters the report; `roles` narrow it further. */
export const topicLink = (label, roles = []) =>
  h(
    "button",
    { type: "button", class: "link", dataset: { labels: label ?? NONE, roles: roles.join(" ") } },
    topic(label),
  );

/** A sentence as printed, or other content for it, that leads to its place in the report. */
export const sentence = (unit, analysis, content = printed(unit, analysis)) =>
  h("button", { type: "button", class: "link sentence", dataset: { unit: unit.id } }, content);

/** A number with what it counts. */
export const statistic = (value, name, kind = null) =>
  h("div", { class: "statistic", dataset: kind ? { kind } : {} }, h("dd", {}, value), h("dt", {}, name));

export const statistics = (...entries) => h("dl", { class: "statistics" }, ...entries);

/** A heading of a tab with a line of explanation under it. */
export const section = (title, explanation, ...children) =>
  h(
    "section",
    { class: "part" },
    h("h3", {}, title),
    explanation && h("p", { class: "quiet small" }, explanation),
    ...children,
  );

/** What a tab says when it has nothing to show. */
export const nothing = (message) => h("p", { class: "nothing" }, message);

/** A mark that flags a row: a shape and a word, never colour alone. */
export const flag = (kind, text) => h("span", { class: "flag", dataset: { kind } }, text);
