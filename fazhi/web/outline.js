// The outline: headings of the report, how many sentences stand below each, and where the reader is.

import { h } from "./dom.js";
import { number, t } from "./i18n.js";
import { isFiltered, passes, printed } from "./state.js";

const DEEPEST = 2; // headings of three levels
const isWide = matchMedia("(min-width: 64rem)");

export function createOutline(report) {
  const list = h("ul", { class: "outline-list" });
  const summary = h("summary");
  const details = h("details", { open: isWide.matches }, summary, list);
  const element = h("nav", { class: "outline" }, details);
  let entries = []; // {row, button, count, units}
  let here = null;

  const sight = new IntersectionObserver(follow, { rootMargin: "-80px 0px -70% 0px" });

  function follow(seen) {
    const first = seen.find((entry) => entry.isIntersecting)?.target;
    const entry = entries.find(({ row }) => row.element === first);
    if (!entry) return;
    here?.button.removeAttribute("aria-current");
    here = entry;
    entry.button.setAttribute("aria-current", "location");
    if (isWide.matches) keepInSight(entry.button);
  }

  function keepInSight(button) {
    const [box, own] = [list.getBoundingClientRect(), button.getBoundingClientRect()];
    if (own.top < box.top || own.bottom > box.bottom) list.scrollTop += own.top - box.top - box.height / 3;
  }

  const build = (analysis) => {
    summary.textContent = t("outline.title");
    element.setAttribute("aria-label", t("outline.title"));
    sight.disconnect();
    entries = headings(report.rows, analysis);
    here = null;
    list.replaceChildren(...entries.map(({ button }, i) => {
      button.tabIndex = i ? -1 : 0;
      return h("li", {}, button);
    }));
    for (const { row } of entries) sight.observe(row.element);
  };

  const refresh = () => {
    const filtered = isFiltered();
    for (const { button, count, units } of entries) {
      const hits = filtered ? units.filter(passes).length : units.length;
      count.textContent = number(hits);
      count.setAttribute("aria-label", t("outline.hits", { count: hits }));
      button.classList.toggle("empty", hits === 0);
    }
  };

  list.addEventListener("click", ({ target }) => {
    const entry = entries.find(({ button }) => button === target.closest("button"));
    if (!entry) return;
    if (!isWide.matches) details.open = false;
    const next = report.rows.slice(report.rows.indexOf(entry.row)).find(({ element }) => !element.classList.contains("out"));
    if (next?.mark) {
      next.element.scrollIntoView({ block: "start", behavior: "instant" });
      report.focusRow(next);
    }
  });
  list.addEventListener("keydown", (event) => {
    const at = entries.findIndex(({ button }) => button === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to === undefined || !entries[to]) return;
    event.preventDefault();
    entries[at].button.tabIndex = -1;
    entries[to].button.tabIndex = 0;
    entries[to].button.focus();
  });
  return { element, build, refresh };
}

function headings(rows, analysis) {
  const entries = [];
  const open = []; // entries above the row at hand
  for (const row of rows) {
    const { kind, heading_path: path } = row.unit;
    if (kind === "heading") {
      open.length = Math.min(open.length, path.length);
      if (path.length > DEEPEST) continue;
      const count = h("span", { class: "count" });
      const button = h("button", { type: "button", dataset: { depth: path.length } }, h("span", {}, printed(row.unit, analysis)), count);
      open[path.length] = { row, button, count, units: [] };
      entries.push(open[path.length]);
    } else if (kind === "body") {
      for (const entry of open.slice(0, path.length)) entry?.units.push(row.unit);
    }
  }
  return entries;
}
