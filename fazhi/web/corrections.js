// What a reader has corrected, and the file of it in the record format that training reads.

import { isCorrected, labelsOf, roleOf, state, update } from "./state.js";

const sameSet = (a, b) => a.length === b.length && a.every((item) => b.includes(item));

/** Back to the model's judgement. */
export function undoCorrection(unit) {
  const { [unit.id]: _, ...others } = state.corrections;
  update({ corrections: others });
}

/** Correct a unit; a correction that says what the model says is none. */
export function correct(unit, { labels = labelsOf(unit), role = roleOf(unit) }) {
  undoCorrection(unit); // so that labelsOf and roleOf are the model's
  if (role === roleOf(unit) && sameSet(labels, labelsOf(unit))) return;
  update({ corrections: { ...state.corrections, [unit.id]: { labels, role } } });
}

/** All corrected units as JSON lines: id, kind, heading_path, text, labels, role. */
export function correctionsFile() {
  const order = state.taxonomy.labels.map((label) => label.id);
  const units = state.analyses.flatMap((analysis) => analysis.units).filter(isCorrected);
  const record = (unit) => ({
    id: unit.id,
    kind: unit.kind,
    heading_path: unit.heading_path,
    text: unit.text,
    labels: order.filter((label) => labelsOf(unit).includes(label)),
    role: roleOf(unit),
  });
  return units.map((unit) => `${JSON.stringify(record(unit))}\n`).join("");
}
