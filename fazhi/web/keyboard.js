// What keys do.

import { keysAreSingle } from "./keys.js";
import { showKeys } from "./menus.js";
import { tabIds } from "./shell.js";
import { bodyUnits, currentAnalysis, isFiltered, passes, roleOf, state, update } from "./state.js";

const isTyping = (target) => target.closest("input, textarea, select, dialog") !== null;

/** Listen for the keys, once. */
export function listenToKeys() {
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog")) return;
    const act = key === "Escape" ? escape : (inReport(event) ?? (keysAreSingle() && !isTyping(target) ? single(key) : null));
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function escape() {
  if (state.selected !== null) update({ selected: null });
  else if (isFiltered()) update({ filter: { labels: [], roles: [] } });
}

/** The action of a key while the focus is on a row of the report. */
function inReport({ key, target }) {
  const row = target.closest("#report .unit");
  if (!row) return null;
  const rows = [...document.querySelectorAll("#report .unit:not(.out, .meta)")];
  const at = rows.indexOf(row);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
  if (to !== undefined) return () => focusMark(rows[to]);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) {
    const stops = [...row.querySelectorAll(".mark, .chip")];
    return () => stops[stops.indexOf(target) + step]?.focus();
  }
  return key === "Enter" && target.matches(".mark") ? () => openCard(row) : null;
}

function focusMark(row) {
  if (!row) return;
  row.querySelector(".mark").focus({ preventScroll: true });
  const { top, bottom } = row.getBoundingClientRect();
  if (top < 80 || bottom > innerHeight - 20) row.scrollIntoView({ block: "center", behavior: "instant" });
}

function openCard(row) {
  update({ selected: row.dataset.id });
  requestAnimationFrame(() => document.getElementById("card").focus({ preventScroll: true }));
}

function single(key) {
  if (key === "?") return showKeys;
  if (!currentAnalysis()) return null;
  if (key >= "1" && key <= String(tabIds.length)) return () => update({ tab: tabIds[Number(key) - 1] });
  const role = { p: "problem", n: "plan" }[key];
  return role && state.tab === "report" ? () => goToNext(role) : null;
}

/** Select the next unit of a role after the selected one, around the end. */
function goToNext(role) {
  const units = bodyUnits(currentAnalysis());
  const at = units.findIndex((unit) => unit.id === state.selected);
  const ahead = [...units.slice(at + 1), ...units.slice(0, at + 1)];
  const next = ahead.find((unit) => roleOf(unit) === role && passes(unit));
  if (next) update({ selected: next.id });
}
