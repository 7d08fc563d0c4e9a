// Several analyses beside each other: rows, groups, bodies over the years. The numbers are those of
// fazhi/comparison, but read through `labelsOf`, so that the threshold and corrections are in them.
// Knows no DOM.

import { bodyUnits, roleOf } from "../state.js";
import { carriedOver } from "./carried-over.js";
import { checklist, coverage, totals } from "./findings.js";

/** Facts that reports are grouped by. */
export const GROUPINGS = ["region", "year", "issuer_kind"];

/**
 * `{rows, groups, series}` of analyses. A row: `{index, analysis, units, shares: {label: 0…1},
 * counts: {label: units}, problems, plans, figures, missing: labels|null, last, carried}`.
 */
export function compare(analyses) {
  const bodies = bodiesOf(analyses);
  const rows = analyses.map((analysis, index) => reportRow(analysis, index, lastReport(analysis, bodies)));
  return {
    rows,
    groups: Object.fromEntries(GROUPINGS.map((fact) => [fact, groupsBy(fact, rows)])),
    series: bodies.map((body) => seriesOf(body, rows)).filter((series) => new Set(series.years).size > 1),
  };
}

function reportRow(analysis, index, last) {
  const { units } = totals(analysis);
  const counts = Object.fromEntries(coverage(analysis).map((row) => [row.label, row.units]));
  const withRole = (role) => bodyUnits(analysis).filter((unit) => roleOf(unit) === role).length;
  return {
    index,
    analysis,
    units,
    counts,
    shares: mapValues(counts, (count) => (units ? count / units : 0)),
    problems: withRole("problem"),
    plans: withRole("plan"),
    figures: analysis.figures.length,
    missing: checklist(analysis)?.missing ?? null,
    last,
    carried: last ? carriedOver(analysis, last) : null,
  };
}

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

/** Mean shares of the reports that have a fact in common; each report weighs the same. */
function groupsBy(fact, rows) {
  const members = Map.groupBy(rows, (row) => row.analysis.report[fact] ?? null);
  return [...members]
    .toSorted(([a], [b]) => (a === null) - (b === null) || (a < b ? -1 : 1))
    .map(([key, of]) => ({ key, reports: of.length, shares: means(of) }));
}

const means = (rows) =>
  Object.fromEntries(
    Object.keys(rows[0].shares).map((label) => [label, rows.reduce((sum, row) => sum + row.shares[label], 0) / rows.length]),
  );

const OFFICE = /(?<=人民政府)(?:办公室|办公厅)$/; // it signs for its government
const REGION = /^.{1,12}?[省市县区旗州盟]/;

/** An issuer's name without punctuation; the office of a government is it. */
const normalized = (issuer) => issuer.replace(/[^\p{L}\p{N}]+/gu, "").replace(OFFICE, "");

/** `{name, analyses}` by issuer, reports by year; only those that state both. */
function bodiesOf(analyses) {
  const dated = analyses.filter(({ report }) => report.issuer && report.year !== null);
  const names = [...new Set(dated.map(({ report }) => normalized(report.issuer)))];
  return [...Map.groupBy(dated, ({ report }) => fullName(normalized(report.issuer), names))].map(([name, of]) => ({
    name,
    analyses: of.toSorted((a, b) => a.report.year - b.report.year),
  }));
}

/** “青河县司法局” beside “云岭市青河县司法局” is the same body, unless two such are there. */
function fullName(name, names) {
  if (!REGION.test(name)) return name; // plain “司法局” is the end of many names
  const fuller = names.filter((other) => other.endsWith(name) && REGION.test(other.slice(0, other.length - name.length)));
  const roots = fuller.filter((one) => !fuller.some((other) => other !== one && other.endsWith(one)));
  return roots.length === 1 ? roots[0] : name;
}

/** The same body's report of the latest year before; of several of that year, the first. */
function lastReport(analysis, bodies) {
  const body = bodies.find((entry) => entry.analyses.includes(analysis));
  const before = body?.analyses.filter(({ report }) => report.year < analysis.report.year) ?? [];
  return before.find(({ report }) => report.year === before.at(-1).report.year) ?? null;
}

/**
 * A body over the years: `{issuer, rows, years, appeared, disappeared}`, the last two as
 * `{year, label}`. Each year is compared with the one before it in the series.
 */
function seriesOf(body, rows) {
  const own = body.analyses.map((analysis) => rows.find((row) => row.analysis === analysis));
  const years = own.map((row) => row.analysis.report.year);
  const byYear = [...Map.groupBy(own, (row) => row.analysis.report.year)];
  const appeared = [];
  const disappeared = [];
  byYear.slice(1).forEach(([year, now], i) => {
    for (const label of Object.keys(own[0].counts)) {
      const was = byYear[i][1].some((row) => row.counts[label] > 0);
      const is = now.some((row) => row.counts[label] > 0);
      if (is && !was) appeared.push({ year, label });
      if (was && !is) disappeared.push({ year, label });
    }
  });
  return { issuer: body.name, rows: own, years, appeared, disappeared };
}
