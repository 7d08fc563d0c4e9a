// The tables that can be saved, as plain rows: what CSV and XLSX files hold. Sheets and columns are
// those of `fazhi classify --format xlsx` and `fazhi compare` (fazhi/output), read through
// `labelsOf` and `roleOf`, so that a file says what the page shows. Knows no file format.

import { groupName, labelName, roleName, t } from "../i18n.js";
import { bodyUnits, isCorrected, labelEntry, labelsOf, roleOf, state } from "../state.js";
import { doubtsAbout } from "./figures.js";
import { checklist, coverage, problemsAndPlans, totals, unitOf } from "./findings.js";
import { compare } from "./comparing.js";
import { unmatched } from "./problems.js";

const WARNING = "#F8CBAD";
const ROLE_FILLS = { achievement: "#E2EFDA", problem: WARNING, plan: "#DDEBF7", background: "#EDEDED" };

/** Columns: `[title, width in characters, kind]`; kinds are “text”, “count”, “number”, “score” and “share”. */
const text = (key, width = 14) => [t(`sheets.${key}`), width, "text"];
const count = (key, width = 10) => [t(`sheets.${key}`), width, "count"];
const roleCounts = () => state.taxonomy.roles.map((role) => [roleName(role.id), 10, "count"]);
const facts = () => [
  text("title", 40), text("issuer", 26), text("issuer_kind", 10), text("level", 8), text("region", 18), count("year", 8), text("date", 12),
];

const sentenceColumn = () => text("text", 70);
const placeColumns = () => [count("start", 8), count("end", 8)];

const share = (part, whole) => (whole ? part / whole : 0);
const names = (labels) => labels.map(labelName).join("；");
const topicOrNone = (label) => (label ? labelName(label) : t("sheets.no_topic"));

const factCells = ({ report }) => [
  report.title, report.issuer, report.issuer_kind && t(`comparison.kind_${report.issuer_kind}`),
  report.issuer_level && t(`sheets.level_${report.issuer_level}`), report.region, report.year, report.date,
];

const roleCells = (analysis) =>
  state.taxonomy.roles.map((role) => bodyUnits(analysis).filter((unit) => roleOf(unit) === role.id).length);

/** One row a report. */
function overviewSheet(analyses) {
  const columns = [
    text("report", 24), ...facts(), count("n_units"), count("characters"), ...roleCounts(), count("n_figures", 8), count("n_doubts"),
    text("list"), count("n_missing"), text("missing", 50),
  ];
  const rows = analyses.map((analysis) => {
    const { units, characters } = totals(analysis);
    const filled = checklist(analysis);
    return [
      analysis.report.name, ...factCells(analysis), units, characters, ...roleCells(analysis), analysis.figures.length,
      analysis.inconsistencies.length, filled?.name, filled?.missing.length, filled && names(filled.missing),
    ];
  });
  return { columns, rows };
}

/** One row a report and topic. */
function coverageSheet(analyses) {
  const columns = [
    text("report", 24), text("group", 22), text("topic", 22), count("n_units"), count("characters"), [t("sheets.share"), 10, "share"],
    ...roleCounts(), text("first", 26), text("strongest", 70),
  ];
  const rows = analyses.flatMap((analysis) => {
    const whole = totals(analysis).units;
    return coverage(analysis).map((row) => [
      analysis.report.name, groupName(labelEntry(row.label).group), labelName(row.label), row.units, row.characters,
      share(row.units, whole), ...state.taxonomy.roles.map((role) => row.roles[role.id].units), row.first?.id, row.strongest[0]?.text,
    ]);
  });
  return { columns, rows };
}

/** One row a unit. */
function unitsSheet(analyses) {
  const columns = [
    text("report", 24), text("id", 26), text("kind", 8), text("heading", 36), sentenceColumn(), text("topics", 26),
    [t("sheets.topic_score"), 10, "score"], text("role", 10), [t("sheets.role_score"), 10, "score"], ...placeColumns(), text("corrected", 8),
  ];
  const row = (analysis, unit) => {
    const [labels, role] = [labelsOf(unit), roleOf(unit)];
    return [
      analysis.report.name, unit.id, t(`sheets.kind_${unit.kind}`), unit.heading_path.join(" > "), unit.text, names(labels),
      unit.scores[labels[0]], role && roleName(role), unit.role_scores[role], unit.start, unit.end, isCorrected(unit) ? t("sheets.yes") : null,
    ];
  };
  return { columns, rows: analyses.flatMap((analysis) => analysis.units.map((unit) => row(analysis, unit))), fills: roleFills() };
}

const roleFills = () => Object.fromEntries(state.taxonomy.roles.map((role) => [roleName(role.id), ROLE_FILLS[role.id]]));

/** One row a figure. */
function figuresSheet(analyses) {
  const columns = [
    text("report", 24), text("topic", 22), text("measure", 24), [t("sheets.value"), 14, "number"], text("unit", 8), text("period"),
    text("scope"), text("stated", 16), sentenceColumn(), text("id", 26), ...placeColumns(), text("doubt", 30),
  ];
  const row = (analysis, figure) => [
    analysis.report.name, labelName(figure.label), figure.name, figure.value, figure.unit, figure.period, figure.scope, figure.stated,
    unitOf(analysis, figure.unit_id).text, figure.unit_id, figure.start, figure.end,
    doubtsAbout(figure, analysis).map((doubt) => doubt.message).join("；"),
  ];
  return { columns, rows: analyses.flatMap((analysis) => analysis.figures.map((figure) => row(analysis, figure))) };
}

/** One row a contradiction between figures. */
function doubtsSheet(analyses) {
  const columns = [
    text("report", 24), text("kind", 8), [t("sheets.as_stated"), 12, "number"], [t("sheets.computed"), 12, "number"],
    text("message", 50), sentenceColumn(), text("id", 26), ...placeColumns(),
  ];
  const row = (analysis, doubt) => [
    analysis.report.name, t(`figures.kind_${doubt.kind}`), doubt.stated, doubt.computed, doubt.message,
    doubt.unit_ids.map((id) => unitOf(analysis, id).text).join("\n"), doubt.unit_ids.join("\n"), doubt.start, doubt.end,
  ];
  return { columns, rows: analyses.flatMap((analysis) => analysis.inconsistencies.map((doubt) => row(analysis, doubt))) };
}

/** One row a sentence and topic. */
function problemsSheet(analyses) {
  const columns = [text("report", 24), text("topic", 22), text("role", 10), text("match"), sentenceColumn(), text("id", 26)];
  const lines = (analysis, row) =>
    ["problem", "plan"].flatMap((role) =>
      row[`${role}s`].map((unit) => [
        analysis.report.name, topicOrNone(row.label), roleName(role), unmatched(row) && t(`sheets.${unmatched(row)}`), unit.text, unit.id,
      ]),
    );
  const rows = analyses.flatMap((analysis) => problemsAndPlans(analysis).flatMap((row) => lines(analysis, row)));
  return { columns, rows, fills: { ...roleFills(), [t("sheets.no_plan")]: WARNING, [t("sheets.no_problem")]: "#FFF2CC" } };
}

/** One row a topic or part that is asked for; reports without a checklist have none. */
function checklistSheet(analyses) {
  const columns = [
    text("report", 24), text("list"), text("item_kind", 8), text("item", 30), count("n_asked", 8), text("result", 8), text("source", 60),
  ];
  const rows = analyses.flatMap((analysis) => {
    const filled = checklist(analysis);
    const line = (kind, name, units, source) => [
      analysis.report.name, filled.name, t(`sheets.item_${kind}`), name, units, t(units ? "sheets.there" : "sheets.not_there"), source,
    ];
    const topics = filled?.topics.map((topic) => line("topic", labelName(topic.label), topic.units, topic.source)) ?? [];
    return [...topics, ...(filled?.parts.map((part) => line("part", part.name, part.units.length, part.source)) ?? [])];
  });
  return { columns, rows, fills: { [t("sheets.not_there")]: WARNING } };
}

/** One row a report, one column a topic: its share of the body units. */
function comparisonSheet(analyses) {
  const labels = state.taxonomy.labels.map((label) => label.id);
  const columns = [
    text("report", 24), ...facts(), count("n_units"), count("characters"), ...roleCounts(), count("n_figures"), count("n_missing"),
    text("missing", 40), text("carried_from", 24), count("n_carried"), [t("sheets.carried_share"), 10, "share"],
    ...labels.map((label) => [labelName(label), 10, "share"]),
  ];
  const rows = compare(analyses).rows.map(({ analysis, units, figures, missing, last, carried, shares }) => [
    analysis.report.name, ...factCells(analysis), units, totals(analysis).characters, ...roleCells(analysis), figures, missing?.length,
    missing && names(missing), last?.report.name, carried?.length, carried && share(carried.length, units), ...labels.map((label) => shares[label]),
  ]);
  return { columns, rows };
}

/** One row a sentence that a report has from the same body's last one. */
function carriedSheet(analyses) {
  const columns = [
    text("report", 24), text("id", 26), sentenceColumn(), text("last_report", 24), text("last_id", 26), text("last_text", 70),
    [t("sheets.similarity"), 8, "score"],
  ];
  const rows = compare(analyses).rows.flatMap(({ analysis, last, carried }) =>
    (carried ?? []).map(({ unit, from, similarity }) => [
      analysis.report.name, unit.id, unit.text, last.report.name, from.id, from.text, similarity,
    ]),
  );
  return { columns, rows };
}

const SHEETS = {
  overview: overviewSheet,
  coverage: coverageSheet,
  units: unitsSheet,
  figures: figuresSheet,
  doubts: doubtsSheet,
  problems: problemsSheet,
  checklist: checklistSheet,
  comparison: comparisonSheet,
  carried: carriedSheet,
};

/**
 * A sheet by its id: `{id, name, columns, rows, fills}`. A value is text, a number, or null or
 * undefined for none; `fills` are colours by a cell's text.
 */
export const sheet = (id, analyses) => ({ id, name: t(`sheets.${id}`), fills: {}, ...SHEETS[id](analyses) });
