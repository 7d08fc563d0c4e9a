// The view of one report: outline, sentences with the strip along them, filters, and the card of a sentence.

import { createCard } from "./card.js";
import { h } from "./dom.js";
import { createHover } from "./hover.js";
import { createOutline } from "./outline.js";
import { createReport } from "./report.js";
import { createSide } from "./side.js";
import { currentAnalysis } from "./state.js";
import { createStrip } from "./strip.js";

let parts = null;
let shown = null; // the analysis that the parts were built for
let language = null;

/** Build what a new analysis or language needs, and bring the rest in step with the state. */
export function renderReading(panel, state) {
  const analysis = currentAnalysis();
  parts ??= create(panel);
  if (shown !== analysis || language !== state.language) {
    shown = analysis;
    language = state.language;
    for (const part of parts) part.build?.(analysis);
  }
  for (const part of parts) part.refresh?.(analysis);
}

function create(panel) {
  const report = createReport();
  const outline = createOutline(report);
  const strip = createStrip(report);
  const side = createSide();
  const card = createCard(report);
  createHover(report);
  panel.append(
    h("div", { class: "reading" }, outline.element, report.element, strip.element, h("div", { class: "side" }, card.element, side.element)),
  );
  return [report, outline, strip, side, card];
}
