// Tab: the numbers that a report states, with their sentences; those that don't add up are flagged.

import { h } from "../dom.js";
import { labelName, number } from "../i18n.js";
import { currentAnalysis, printedBetween } from "../state.js";
import { copyButton, csvButtons } from "./csv.js";
import { flag, nothing, paperTitle, section, sentence, show, statistic, statistics, topic } from "./parts.js";
import { unitOf } from "./findings.js";
import { table } from "./table.js";

const view = { words: "", label: "", onlyDoubtful: false }; // what the table is narrowed to

/** The inconsistencies that a figure takes part in: those in whose numbers it stands. */
export const doubtsAbout = (figure, analysis) =>
  analysis.inconsistencies.filter((doubt) => doubt.start < figure.end && figure.start < doubt.end);

export const tab = {
  id: "figures",
  title: (t) => t("figures.title"),
  render(container, state, t) {
    const analysis = currentAnalysis();
    const { figures, inconsistencies } = analysis;
    if (!figures.length && !inconsistencies.length) {
      show(container, nothing(t("figures.none")));
      return;
    }
    const shown = figures.filter((figure) => isWanted(figure, analysis));
    show(
      container,
      paperTitle(analysis),
      summary(analysis, t),
      doubts(analysis, t),
      figures.length ? controls(analysis, t, () => tab.render(container, state, t)) : null,
      h("p", { class: "quiet small", role: "status" }, t("figures.shown", { n: shown.length, all: figures.length })),
      list(shown, analysis, t),
      h("div", { class: "row" }, csvButtons("figures"), copyButton("figures")),
      h("p", { class: "quiet small" }, t("figures.note")),
    );
  },
};

function isWanted(figure, analysis) {
  if (view.label && figure.label !== view.label) return false;
  if (view.onlyDoubtful && !doubtsAbout(figure, analysis).length) return false;
  const text = [figure.name, figure.stated, figure.scope, figure.period, unitOf(analysis, figure.unit_id).text].join(" ");
  return text.toLowerCase().includes(view.words.trim().toLowerCase());
}

const summary = ({ figures, inconsistencies }, t) =>
  statistics(
    statistic(number(figures.length), t("figures.count")),
    statistic(number(new Set(figures.map((figure) => figure.measure)).size), t("figures.measures")),
    statistic(number(inconsistencies.length), t("figures.doubts"), inconsistencies.length ? "missing" : null),
  );

/** What doesn't add up, each with the sentences it is about. */
function doubts(analysis, t) {
  if (!analysis.inconsistencies.length) return null;
  const entry = (doubt) =>
    h(
      "li",
      {},
      flag("missing", t(`figures.kind_${doubt.kind}`)),
      h("strong", { lang: "zh" }, doubt.message),
      h("ul", {}, doubt.unit_ids.map((id) => h("li", {}, marked(analysis, unitOf(analysis, id), doubt)))),
    );
  return section(t("figures.doubts"), t("figures.doubts_note"), h("ol", { class: "doubts" }, analysis.inconsistencies.map(entry)));
}

/** A sentence as printed, with the place of a number marked; the number may stand in another. */
function marked(analysis, unit, { start, end }) {
  if (!analysis.source || start < unit.start || end > unit.end) return sentence(unit, analysis);
  const piece = (a, b) => printedBetween(analysis, a, b);
  return sentence(unit, analysis, [piece(unit.start, start), h("mark", {}, piece(start, end)), piece(end, unit.end)]);
}

function controls(analysis, t, redraw) {
  const change = (event) => {
    const { name, type, checked, value } = event.target;
    view[name] = type === "checkbox" ? checked : value;
    redraw();
  };
  const labels = [...new Set(analysis.figures.map((figure) => figure.label))];
  const options = labels.map((label) => h("option", { value: label, selected: label === view.label }, labelName(label)));
  const box = h("input", { type: "checkbox", name: "onlyDoubtful", id: "figures-doubtful", checked: view.onlyDoubtful });
  return h(
    "div",
    { class: "row narrowing", on: { input: change } },
    h("input", { type: "search", name: "words", id: "figures-words", value: view.words, placeholder: t("figures.search"), "aria-label": t("figures.search") }),
    h("select", { name: "label", id: "figures-label", "aria-label": t("tabs.topic") }, h("option", { value: "" }, t("figures.all_topics")), options),
    h("label", { class: "check" }, box, t("figures.only_doubtful")),
  );
}

function list(figures, analysis, t) {
  const text = (key) => ({ key, title: t(`figures.${key}`), class: "short", value: (row) => row[key], cell: (row) => row[key] ?? "" });
  return table({
    id: "figures",
    caption: t("figures.caption"),
    rows: figures,
    columns: [
      { key: "name", title: t("figures.name"), isHeader: true, value: (row) => row.name, cell: (row) => h("span", { lang: "zh" }, row.name) },
      { key: "value", title: t("figures.value"), isNumber: true, value: (row) => row.value, cell: (row) => plain(row.value) },
      text("unit"),
      { ...text("period"), cell: (row) => row.period ?? h("span", { class: "quiet" }, t("figures.this_year")) },
      text("scope"),
      { key: "label", title: t("tabs.topic"), value: (row) => labelName(row.label), cell: (row) => topic(row.label) },
      ...(analysis.inconsistencies.length ? [doubtColumn(analysis, t)] : []),
      { key: "sentence", title: t("figures.sentence"), class: "wide", cell: (row) => marked(analysis, unitOf(analysis, row.unit_id), row) },
    ],
  });
}

/** The kinds of what is wrong with a figure; the section above the table says it in full. */
const doubtColumn = (analysis, t) => ({
  key: "doubt",
  title: t("figures.doubt"),
  value: (row) => doubtsAbout(row, analysis).length,
  cell: (row) => doubtsAbout(row, analysis).map((doubt) => h("span", { title: doubt.message }, flag("missing", t(`figures.kind_${doubt.kind}`)))),
});

/** A value with as many digits as it has. */
const plain = (value) => number(value, (String(value).split(".")[1] ?? "").length);
