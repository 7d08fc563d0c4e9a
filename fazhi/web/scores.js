// Scores of a unit as bars, for the hover and the card.

import { h } from "./dom.js";
import { labelName, number, roleName, t } from "./i18n.js";
import { groupNumber, thresholdOf } from "./state.js";

const LEAST = 0.02; // weaker topics say nothing
const FEWEST = 3;

function bar(name, score, { group = null, threshold = null, isOver = true }) {
  const track = h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "fill" }));
  track.style.setProperty("--score", score);
  if (threshold !== null) track.style.setProperty("--threshold", threshold);
  return h("li", { class: isOver ? "over" : null, dataset: group === null ? {} : { group } }, h("span", {}, name), track, h("span", { class: "value" }, number(score, 2)));
}

/** Topic scores, strongest first; at most `most` of them. */
export function topicScores(unit, most) {
  const all = Object.entries(unit.scores).sort((a, b) => b[1] - a[1]);
  const shown = all.filter(([, score], i) => i < FEWEST || score >= LEAST).slice(0, most);
  const item = ([label, score]) => {
    const threshold = thresholdOf(label);
    return bar(labelName(label), score, { group: groupNumber(label), threshold, isOver: score >= threshold });
  };
  return h("ul", { class: "scores", "aria-label": t("card.topics") }, shown.map(item));
}

/** Role scores, strongest first; null for units without a role. */
export function roleScores(unit) {
  const all = Object.entries(unit.role_scores).sort((a, b) => b[1] - a[1]);
  if (!all.length) return null;
  return h("ul", { class: "scores", "aria-label": t("card.role") }, all.map(([role, score], i) => bar(roleName(role), score, { isOver: i === 0 })));
}
