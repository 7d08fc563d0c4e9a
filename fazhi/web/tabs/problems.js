// Tab: problems admitted and plans made, topic by topic; those without a counterpart stand out.

import { h } from "../dom.js";
import { number } from "../i18n.js";
import { bodyUnits, currentAnalysis, roleOf } from "../state.js";
import { csvButtons } from "./csv.js";
import { flag, nothing, paperTitle, sentence, show, statistic, statistics, topicLink } from "./parts.js";
import { problemsAndPlans } from "./findings.js";

let onlyUnmatched = false;

/** “no_plan”, “no_problem”, or null where a topic has both. */
export function unmatched(row) {
  if (row.label === null) return null; // sentences without a topic can't be matched
  if (!row.plans.length) return "no_plan";
  return row.problems.length ? null : "no_problem";
}

export const tab = {
  id: "problems",
  title: (t) => t("problems.title"),
  render(container, state, t) {
    const analysis = currentAnalysis();
    const rows = problemsAndPlans(analysis);
    if (!rows.length) {
      show(container, nothing(t("problems.none")));
      return;
    }
    const shown = onlyUnmatched ? rows.filter(unmatched) : rows;
    const redraw = () => tab.render(container, state, t);
    show(container, paperTitle(analysis), summary(analysis, rows, t), choice(t, redraw), list(shown, analysis, t), csvButtons("problems"));
  },
};

function summary(analysis, rows, t) {
  const inRole = (role) => bodyUnits(analysis).filter((unit) => roleOf(unit) === role).length;
  const count = (kind) => rows.filter((row) => unmatched(row) === kind).length;
  return statistics(
    statistic(number(inRole("problem")), t("problems.problems")),
    statistic(number(inRole("plan")), t("problems.plans")),
    statistic(number(count("no_plan")), t("problems.no_plan_topics"), count("no_plan") ? "missing" : null),
    statistic(number(count("no_problem")), t("problems.no_problem_topics")),
  );
}

function choice(t, redraw) {
  const change = (event) => {
    onlyUnmatched = event.target.checked;
    redraw();
  };
  const box = h("input", { type: "checkbox", id: "problems-unmatched", checked: onlyUnmatched, on: { change } });
  return h("label", { class: "check" }, box, t("problems.only_unmatched"));
}

function list(rows, analysis, t) {
  const head = ["tabs.topic", "problems.problems", "problems.plans"].map((key) => h("th", { scope: "col" }, t(key)));
  const line = (row) =>
    h(
      "tr",
      { dataset: { unmatched: unmatched(row) ?? "" } },
      h("th", { scope: "row" }, topicLink(row.label, ["problem", "plan"])),
      h("td", {}, cell(row.problems, row, "no_problem", analysis, t)),
      h("td", {}, cell(row.plans, row, "no_plan", analysis, t)),
    );
  return h(
    "div",
    { class: "scroll", id: "problems-box", role: "region", "aria-label": t("problems.caption"), tabindex: "0" },
    h(
      "table",
      { class: "pairs" },
      h("caption", {}, t("problems.caption")),
      h("thead", {}, h("tr", {}, head)),
      h("tbody", {}, rows.map(line)),
    ),
  );
}

function cell(units, row, lack, analysis, t) {
  if (units.length) return h("ol", { class: "sentences" }, units.map((unit) => h("li", {}, sentence(unit, analysis))));
  return unmatched(row) === lack ? flag(lack === "no_plan" ? "missing" : "note", t(`problems.${lack}`)) : null;
}
