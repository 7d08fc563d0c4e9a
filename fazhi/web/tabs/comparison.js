// Tab: several reports beside each other, by report, region, year and kind of body.

import { h } from "../dom.js";
import { labelName, number, percent } from "../i18n.js";
import { compare, GROUPINGS } from "./comparing.js";
import { csvButtons } from "./csv.js";
import { reportName, shortName } from "./findings.js";
import { carriedSentences, overYears } from "./over-years.js";
import { nothing, show } from "./parts.js";
import { heatCell, table } from "./table.js";

let grouping = "report"; // or one of GROUPINGS: what a line of the matrix is

export const tab = {
  id: "comparison",
  title: (t) => t("comparison.title"),
  render(container, state, t) {
    if (state.analyses.length < 2) {
      show(container, nothing(t("comparison.too_few")));
      return;
    }
    const { rows, groups, series } = compare(state.analyses);
    const matrix = grouping === "report" ? reports(rows, state.taxonomy, t) : grouped(groups[grouping], state.taxonomy, t);
    show(
      container,
      choice(t, () => tab.render(container, state, t)),
      matrix,
      h("p", { class: "quiet small" }, t("comparison.note")),
      csvButtons("comparison"),
      series.map((entry) => overYears(entry, state.taxonomy, t)),
      carriedSentences(rows, t),
    );
  },
};

function choice(t, redraw) {
  const option = (value) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: "grouping", id: `grouping-${value}`, value, checked: value === grouping }),
      t(`comparison.by_${value}`),
    );
  const change = (event) => {
    grouping = event.target.value;
    redraw();
  };
  return h("fieldset", { class: "segments", on: { change } }, h("legend", {}, t("comparison.by")), ["report", ...GROUPINGS].map(option));
}

/** A column a topic: mean or own shares in percent; `dataset(row, label)` says where a click leads. */
function topicColumns(rows, taxonomy, name, dataset = () => null) {
  const most = Math.max(0.01, ...rows.flatMap((row) => Object.values(row.shares)));
  return taxonomy.labels.map(({ id }) => ({
    key: id,
    title: labelName(id),
    vertical: true,
    isNumber: true,
    class: "heat",
    value: (row) => row.shares[id],
    cell: (row) =>
      heatCell(row.shares[id], most, {
        text: number(row.shares[id] * 100),
        name: `${name(row)} × ${labelName(id)}`,
        dataset: dataset(row, id),
      }),
  }));
}

function reports(rows, taxonomy, t) {
  const name = (row) => shortName(row.analysis);
  const count = (key, value) => ({ key, title: t(`comparison.${key}`), vertical: true, isNumber: true, value, cell: (row) => shown(value(row)) });
  const open = (row) => h("button", { type: "button", class: "link", title: reportName(row.analysis), dataset: { report: row.index, labels: "" } }, name(row));
  return table({
    id: "comparison-reports",
    caption: t("comparison.caption"),
    class: "matrix",
    rows,
    columns: [
      { key: "name", title: t("comparison.report"), isHeader: true, value: name, cell: open },
      { key: "year", title: t("comparison.year"), isNumber: true, value: (row) => row.analysis.report.year, cell: (row) => String(row.analysis.report.year ?? "") },
      count("units", (row) => row.units),
      ...topicColumns(rows, taxonomy, name, (row, label) => ({ report: row.index, labels: label })),
      count("problems", (row) => row.problems),
      count("plans", (row) => row.plans),
      count("figures", (row) => row.figures),
      count("missing", (row) => row.missing?.length ?? null),
      { ...count("carried", (row) => carriedShare(row)), cell: (row) => (row.carried ? percent(carriedShare(row)) : "") },
    ],
  });
}

const shown = (value) => (value === null ? "" : number(value));
const carriedShare = (row) => (row.carried && row.units ? row.carried.length / row.units : null);

function grouped(groups, taxonomy, t) {
  const name = (row) => groupName(row.key, t);
  return table({
    id: `comparison-${grouping}`,
    caption: t("comparison.group_caption", { by: t(`comparison.by_${grouping}`) }),
    class: "matrix",
    rows: groups,
    columns: [
      { key: "name", title: t(`comparison.by_${grouping}`), isHeader: true, value: name, cell: name },
      { key: "reports", title: t("comparison.reports"), vertical: true, isNumber: true, value: (row) => row.reports, cell: (row) => number(row.reports) },
      ...topicColumns(groups, taxonomy, name),
    ],
  });
}

/** A group's key in words: a year and a region as they are, a kind by its name. */
function groupName(key, t) {
  if (key === null) return t("comparison.unstated");
  if (grouping === "issuer_kind") return t(`comparison.kind_${key}`);
  return grouping === "year" ? t("tabs.year", { year: key }) : key;
}
