// The one state of the page, who listens to it, and what follows from it. Knows no DOM.
//
// Everything in `state` is plain data. Change it through `update` only: it tells the listeners.
// Topics and roles are read with `labelsOf` and `roleOf`, never from a unit itself: the threshold
// and the reader's corrections come in there.

/** @typedef {{id: string, kind: string, heading_path: string[], text: string, start: number,
 *   end: number, labels: string[], role: string|null, scores: Object<string, number>,
 *   role_scores: Object<string, number>}} Unit */

export const state = {
  model: null, // answer of GET /v1/model: {name, version, thresholds, limits, …}
  taxonomy: { groups: [], labels: [], roles: [] }, // answer of GET /v1/taxonomy
  analyses: [], // answers of POST /v1/reports, each with `source`, the text of the report
  current: 0, // index into analyses
  threshold: null, // null: the model's own, label by label; else one number for every label
  filter: { labels: [], roles: [] }, // ids; a unit passes with any of the labels and any of the roles
  context: false, // whether sentences that the filter leaves out stay, greyed
  tab: "report", // "report" or the id of a tab module
  language: "zh", // "zh" or "en"
  selected: null, // id of the unit whose card is open
  corrections: {}, // unit id → {labels: [ids], role: id|null}, both always there
};

/** Label id that stands for “no topic” in a filter. */
export const NONE = "none";

const listeners = new Set();
let scheduled = null; // names of the fields changed since the listeners were last told

/** Call `listener(changed)` with a Set of field names after changes, at most once a frame. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Set fields of the state, and tell the listeners before the next frame. */
export function update(fields) {
  Object.assign(state, fields);
  if (scheduled === null) {
    scheduled = new Set();
    queueMicrotask(() => {
      const changed = scheduled;
      scheduled = null;
      for (const listener of listeners) listener(changed);
    });
  }
  for (const name of Object.keys(fields)) scheduled.add(name);
}

/** The analysis on show, or undefined while there is none. */
export const currentAnalysis = () => state.analyses[state.current];

/** Body units of an analysis, in order. */
export const bodyUnits = (analysis) => analysis.units.filter((unit) => unit.kind === "body");

const sources = new WeakMap(); // analysis → its source, cut into characters where it must be

/** `source[start:end]` of an analysis; offsets count characters as Python does, not UTF-16 units. */
export function sourceBetween(analysis, start, end) {
  if (!sources.has(analysis)) {
    const { source } = analysis;
    sources.set(analysis, /[\ud800-\udbff]/.test(source) ? [...source] : source); // an array slices by characters
  }
  const piece = sources.get(analysis).slice(start, end);
  return typeof piece === "string" ? piece : piece.join("");
}

/** `source[start:end]` on one line. */
export const printedBetween = (analysis, start, end) =>
  sourceBetween(analysis, start, end).replace(/\s*\n\s*/g, "");

/** A unit as printed, on one line; its cleaned `text` where the source isn't at hand. */
export const printed = (unit, analysis) =>
  analysis.source ? printedBetween(analysis, unit.start, unit.end) : unit.text;

/** The threshold that a label's score must reach. */
export const thresholdOf = (label) =>
  state.threshold ?? state.model?.thresholds?.[label] ?? 0.5;

/** Label ids of a unit, strongest first: corrected by hand, else by the scores and the threshold. */
export function labelsOf(unit) {
  const corrected = state.corrections[unit.id];
  if (corrected) return corrected.labels;
  if (state.threshold === null) return unit.labels; // as the model decided, before rounding
  return Object.keys(unit.scores)
    .filter((label) => unit.scores[label] >= state.threshold)
    .sort((a, b) => unit.scores[b] - unit.scores[a]);
}

/** Role id of a unit, null for all but body units. */
export const roleOf = (unit) => {
  const corrected = state.corrections[unit.id];
  return corrected ? corrected.role : unit.role;
};

/** Whether a reader has corrected a unit. */
export const isCorrected = (unit) => unit.id in state.corrections;

/** Whether any filter is set. */
export const isFiltered = () => state.filter.labels.length + state.filter.roles.length > 0;

/** Whether a body unit passes the filter. */
export function passes(unit) {
  const { labels, roles } = state.filter;
  if (roles.length && !roles.includes(roleOf(unit))) return false;
  if (!labels.length) return true;
  const own = labelsOf(unit);
  return own.length ? own.some((label) => labels.includes(label)) : labels.includes(NONE);
}

/** Show the units of these labels and roles in the report. */
export function showInReport({ labels = [], roles = [] }) {
  update({ filter: { labels, roles }, tab: "report", selected: null });
}

/** Go to a unit in the report, by its id, whatever report it stands in. */
export function goToUnit(id) {
  const current = state.analyses.findIndex((a) => a.units.some((unit) => unit.id === id));
  if (current >= 0) update({ current, tab: "report", selected: id });
}

/** A label's, group's or role's entry in the taxonomy. */
export const labelEntry = (id) => state.taxonomy.labels.find((label) => label.id === id);
export const groupEntry = (id) => state.taxonomy.groups.find((group) => group.id === id);

/** Number of a label's group, for `data-group`, which gives an element `--hue` and `--tint`. */
export const groupNumber = (label) => {
  const group = labelEntry(label)?.group;
  return state.taxonomy.groups.findIndex((entry) => entry.id === group);
};
