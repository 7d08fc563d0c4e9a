// Tab: how much of a report is about each topic, in which role, and where it says so most clearly.

import { h } from "../dom.js";
import { labelName, number, percent, roleName } from "../i18n.js";
import { currentAnalysis, groupNumber, printed } from "../state.js";
import { bars } from "./charts.js";
import { csvButtons } from "./csv.js";
import { paperTitle, section, sentence, show, statistic, statistics, topicLink } from "./parts.js";
import { coverage, totals } from "./findings.js";
import { heatCell, table } from "./table.js";

let measure = "units"; // or "characters": what the matrix and the chart count

export const tab = {
  id: "coverage",
  title: (t) => t("coverage.title"),
  render(container, state, t) {
    const analysis = currentAnalysis();
    const rows = coverage(analysis);
    const whole = totals(analysis);
    show(
      container,
      paperTitle(analysis),
      summary(rows, whole, t),
      choice(t, () => tab.render(container, state, t)),
      matrix(analysis, rows, whole, state.taxonomy.roles, t),
      h("p", { class: "quiet small" }, t("coverage.note")),
      csvButtons("coverage"),
      section(t("coverage.chart"), null, chart(rows, state.taxonomy.roles, t)),
    );
  },
};

function summary(rows, whole, t) {
  const covered = rows.filter((row) => row.units > 0).length;
  return statistics(
    statistic(number(whole.units), t("coverage.units")),
    statistic(number(whole.characters), t("coverage.characters")),
    statistic(`${covered} / ${rows.length}`, t("coverage.covered")),
    statistic(percent(share(whole.untagged.units, whole.units)), t("coverage.untagged")),
  );
}

const share = (part, whole) => (whole ? part / whole : 0);

/** Sentences or characters: the choice of what is counted. */
function choice(t, redraw) {
  const option = (value) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: "measure", id: `measure-${value}`, value, checked: value === measure }),
      t(`coverage.by_${value}`),
    );
  const change = (event) => {
    measure = event.target.value;
    redraw();
  };
  return h("fieldset", { class: "segments", on: { change } }, h("legend", {}, t("coverage.measure")), option("units"), option("characters"));
}

function matrix(analysis, rows, whole, roles, t) {
  const most = Math.max(1, ...rows.flatMap((row) => roles.map((role) => row.roles[role.id][measure])));
  const inRole = (role) => ({
    key: role.id,
    title: roleName(role.id),
    isNumber: true,
    value: (row) => row.roles[role.id][measure],
    cell: (row) =>
      heatCell(row.roles[role.id][measure], most, {
        name: `${labelName(row.label)} × ${roleName(role.id)}`,
        dataset: { labels: row.label, roles: role.id },
      }),
  });
  return table({
    id: "coverage",
    caption: t(`coverage.caption_${measure}`),
    class: "matrix",
    rows,
    columns: [
      { key: "topic", title: t("tabs.topic"), isHeader: true, cell: (row) => topicLink(row.label) },
      ...roles.map(inRole),
      { key: "all", title: t("tabs.total"), isNumber: true, class: "total", value: (row) => row[measure], cell: (row) => number(row[measure]) },
      {
        key: "share",
        title: t("tabs.share"),
        isNumber: true,
        value: (row) => row[measure],
        cell: (row) => percent(share(row[measure], whole[measure]), 1),
      },
      { key: "strongest", title: t("coverage.strongest"), class: "wide", cell: (row) => strongest(row, analysis, t) },
    ],
  });
}

/** The clearest sentence of a topic, the next ones as numbers beside it. */
function strongest(row, analysis, t) {
  const [first, ...others] = row.strongest;
  if (!first) return h("span", { class: "quiet" }, t("coverage.none"));
  const another = (unit, i) =>
    h("button", { type: "button", class: "link nth", dataset: { unit: unit.id }, title: printed(unit, analysis), "aria-label": printed(unit, analysis) }, String(i + 2));
  return h("div", { class: "strongest" }, sentence(first, analysis), ...others.map(another));
}

function chart(rows, roles, t) {
  const covered = rows.filter((row) => row.units > 0).toSorted((a, b) => b[measure] - a[measure]);
  return bars({
    title: t(`coverage.caption_${measure}`),
    rows: covered.map((row) => ({
      name: labelName(row.label),
      group: groupNumber(row.label),
      values: Object.fromEntries(roles.map((role) => [role.id, row.roles[role.id][measure]])),
    })),
    keys: roles.map((role) => ({ id: role.id, name: roleName(role.id) })),
  });
}
