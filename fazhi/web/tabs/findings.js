// What the tabs read out of one analysis: always through `labelsOf` and `roleOf`, so that the
// threshold and the reader's corrections are in it. Knows no DOM.

import { bodyUnits, labelsOf, roleOf, state } from "../state.js";

const STRONGEST = 3;

/** Characters of a text as people and Python count them, not UTF-16 units. */
export const characters = (text) => [...text].length;

/** @typedef {{units: number, characters: number}} Amount */

const amount = (units) => ({
  units: units.length,
  characters: units.reduce((sum, unit) => sum + characters(unit.text), 0),
});

/**
 * Coverage, one row a label in the taxonomy's order, those left out with zeros:
 * `{label, units, characters, roles: {id: Amount}, first, strongest: [Unit]}`.
 */
export function coverage(analysis) {
  const body = bodyUnits(analysis).map((unit) => ({ unit, labels: labelsOf(unit), role: roleOf(unit) }));
  return state.taxonomy.labels.map(({ id }) => {
    const found = body.filter((row) => row.labels.includes(id));
    const units = found.map((row) => row.unit);
    const roles = state.taxonomy.roles.map((role) => [
      role.id,
      amount(found.filter((row) => row.role === role.id).map((row) => row.unit)),
    ]);
    return {
      label: id,
      ...amount(units),
      roles: Object.fromEntries(roles),
      first: units[0] ?? null,
      strongest: units.toSorted((a, b) => b.scores[id] - a.scores[id]).slice(0, STRONGEST),
    };
  });
}

/** Body units and characters of an analysis, and of its body units without any topic. */
export function totals(analysis) {
  const body = bodyUnits(analysis);
  return { ...amount(body), untagged: amount(body.filter((unit) => labelsOf(unit).length === 0)) };
}

/**
 * Problems and plans, one row a topic that has either, in the taxonomy's order, those without a
 * topic last: `{label: id|null, problems: [Unit], plans: [Unit]}`.
 */
export function problemsAndPlans(analysis) {
  const body = bodyUnits(analysis);
  const withRole = (role) => body.filter((unit) => roleOf(unit) === role);
  const [problems, plans] = [withRole("problem"), withRole("plan")];
  const about = (units, label) =>
    units.filter((unit) => (label ? labelsOf(unit).includes(label) : labelsOf(unit).length === 0));
  return [...state.taxonomy.labels.map((label) => label.id), null]
    .map((label) => ({ label, problems: about(problems, label), plans: about(plans, label) }))
    .filter((row) => row.problems.length + row.plans.length > 0);
}

/**
 * The checklist of an analysis counted afresh: `{kind, name, parts, topics: [{label, source,
 * units}], missing: [label]}`, null where the kind of issuer isn't known.
 */
export function checklist(analysis) {
  const given = analysis.checklist;
  if (!given) return null;
  const found = new Map(coverage(analysis).map((row) => [row.label, row.units]));
  const topics = given.topics.map((topic) => ({ ...topic, units: found.get(topic.label) ?? 0 }));
  const missing = topics.filter((topic) => topic.units === 0).map((topic) => topic.label);
  return { ...given, topics, missing };
}

/** The unit of an analysis with this id. */
export const unitOf = (analysis, id) => analysis.units.find((unit) => unit.id === id);

/** What a report is called in files: its title. */
export const reportName = ({ report }) => report.title ?? report.name;

/** What a report is called in tables that have its year beside it. */
export const shortName = ({ report }) => report.issuer ?? reportName({ report });
