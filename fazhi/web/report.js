// The text of a report: rows in sections that the browser lays out only when they come into sight.

import { h } from "./dom.js";
import { labelName, number, roleName, t } from "./i18n.js";
import { Row } from "./rows.js";
import { bodyUnits, isFiltered, labelsOf, NONE, passes, printed, sourceBetween, state, update } from "./state.js";

const MAX_SECTION_ROWS = 40;
const isWide = matchMedia("(min-width: 64rem)");

/** The report's element; `rows` are in order, `rowOf(id)`, `reveal(id)`, `focusRow(row)`. */
export function createReport() {
  const head = h("header", { class: "facts" });
  const bar = h("div", { class: "filter-bar" });
  const text = h("div", { class: "units" });
  const element = h("article", { class: "report", id: "report" }, head, bar, text);
  const byId = new Map();
  const report = { element, rows: [], rowOf: (id) => byId.get(id), reveal, focusRow };
  let current = null; // the row that Tab comes to
  let selected = null;

  report.build = (analysis) => {
    byId.clear();
    report.rows = analysis.units.map((unit, i) => new Row(unit, i, printed(unit, analysis), startsParagraph(analysis, i)));
    for (const row of report.rows) byId.set(row.unit.id, row);
    text.replaceChildren(...sections(report.rows));
    head.replaceChildren(...facts(analysis));
    current = selected = null;
    setCurrent(report.rows.find((row) => row.mark));
    scrollTo({ top: 0, behavior: "instant" });
  };

  report.refresh = (analysis) => {
    for (const row of report.rows) row.draw(state.language);
    const hits = filterRows(report.rows);
    bar.replaceChildren(...filterBar(hits));
    bar.hidden = !isFiltered();
    const tagged = bodyUnits(analysis).filter((unit) => labelsOf(unit).length).length;
    head.querySelector(".tagged").textContent = t("report.tagged", { count: number(tagged) });
    select(state.selected);
  };

  function select(id) {
    const row = byId.get(id) ?? null;
    if (row === selected) return;
    selected?.element.classList.remove("selected");
    selected?.mark?.removeAttribute("aria-current");
    selected = row;
    row?.element.classList.add("selected");
    row?.mark?.setAttribute("aria-current", "true");
    if (row?.mark) setCurrent(row);
    if (row && !isInSight(row.element)) reveal(id);
  }

  function setCurrent(row) {
    current?.mark.setAttribute("tabindex", "-1");
    current = row;
    row?.mark.setAttribute("tabindex", "0");
  }

  /** Bring a unit into sight; twice, since rows on the way get their height only when shown. */
  function reveal(id) {
    const target = byId.get(id)?.element;
    const block = isWide.matches ? "center" : "start"; // the card covers the lower part of a phone
    const scroll = () => target.scrollIntoView({ block, behavior: "instant" });
    scroll();
    requestAnimationFrame(scroll);
  }

  function focusRow(row) {
    setCurrent(row);
    row.mark.focus({ preventScroll: true });
    if (!isInSight(row.element)) reveal(row.unit.id);
  }

  element.addEventListener("click", ({ target }) => {
    const chip = target.closest("[data-label]");
    const row = byId.get(target.closest("[data-id]")?.dataset.id);
    if (chip) update({ filter: toggled(chip.dataset.label) });
    else if (row?.mark && String(getSelection()) === "") update({ selected: row.unit.id });
  });
  element.addEventListener("focusin", ({ target }) => {
    const row = byId.get(target.closest("[data-id]")?.dataset.id);
    if (row?.mark) setCurrent(row);
  });
  return report;
}

/** A click on a topic shows it alone, and everything again when it was alone. */
function toggled(label) {
  const { labels, roles } = state.filter;
  return { labels: labels.length === 1 && labels[0] === label ? [] : [label], roles };
}

function startsParagraph(analysis, i) {
  const { units, source } = analysis;
  if (!source || i === 0) return true;
  return sourceBetween(analysis, units[i - 1].end, units[i].start).includes("\n");
}

function sections(rows) {
  const made = [];
  for (const row of rows) {
    const isChapter = row.unit.kind === "heading" && row.unit.heading_path.length === 0;
    if (!made.length || isChapter || made.at(-1).length >= MAX_SECTION_ROWS) made.push([]);
    made.at(-1).push(row);
  }
  return made.map((part) => h("div", { class: "section" }, part.map((row) => row.element)));
}

function facts({ report, units }) {
  const parts = [report.issuer, report.region, report.year && t("report.year", { year: report.year }), report.date];
  const count = units.filter((unit) => unit.kind === "body").length;
  return [
    h("h2", { class: "visually-hidden" }, report.title ?? t("report.untitled")),
    h("p", { class: "quiet small" }, [...parts.filter(Boolean), t("report.sentences", { count: number(count) })].join(" · "), " · ", h("span", { class: "tagged" })),
  ];
}

/** Hide or grey what the filter leaves out, and headings above nothing else. Returns the hits. */
function filterRows(rows) {
  const filtered = isFiltered();
  let hits = 0;
  const above = []; // headings over the row at hand
  for (const row of rows) {
    const { unit, element } = row;
    if (unit.kind === "heading") {
      above.length = unit.heading_path.length;
      above[unit.heading_path.length] = row;
    }
    const hit = unit.kind === "body" && passes(unit);
    hits += hit;
    element.classList.toggle("out", filtered && !hit && !state.context && unit.kind !== "title");
    element.classList.toggle("faint", filtered && !hit && state.context && unit.kind === "body");
    if (hit) for (const heading of above) heading?.element.classList.remove("out");
  }
  return hits;
}

function filterBar(hits) {
  const { labels, roles } = state.filter;
  const names = [...labels.map((label) => (label === NONE ? t("none") : labelName(label))), ...roles.map(roleName)];
  const context = h("input", { type: "checkbox", id: "context", on: { change: () => update({ context: context.checked }) } });
  context.checked = state.context;
  const clear = h("button", { type: "button", class: "plain", on: { click: () => update({ filter: { labels: [], roles: [] } }) } }, t("filter.clear"));
  const text = hits ? t("filter.shows", { what: names.join(" / "), count: number(hits) }) : t("filter.nothing");
  return [h("p", { role: "status" }, text), h("label", { class: "small" }, context, " ", t("filter.context")), clear];
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 60 && bottom <= innerHeight * (isWide.matches ? 1 : 0.38);
}
