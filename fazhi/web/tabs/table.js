// Tables that sort, and matrices of numbers that are walked with the arrow keys.

import { h } from "../dom.js";
import { number, t } from "../i18n.js";

const LEVELS = 4; // of heat, as style.css has them
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const sorts = new Map(); // table id → {key, direction}, kept while the page is open

/**
 * A table in a box of its own that scrolls sideways.
 *
 * `columns`: `{key, title, cell: (row) => node or text, value: (row) => number or text to sort
 * by, isNumber, isHeader, class}`; a column without `value` isn't sorted. `rows` come in their
 * own order, which a third click on a column's title restores.
 */
export function table({ id, caption, columns, rows, class: kind = "" }) {
  const lines = rows.map((row) => ({ row, element: h("tr", {}, columns.map((column) => cell(column, row))) }));
  const body = h("tbody", {}, lines.map((line) => line.element));
  const titles = columns.map((column) => title(column, id));
  const sort = () => {
    const { key, direction } = sorts.get(id) ?? {};
    const by = columns.find((column) => column.key === key);
    columns.forEach((column, i) => {
      if (column.value) titles[i].setAttribute("aria-sort", column === by ? direction : "none");
    });
    body.append(...ordered(lines, by, direction).map((line) => line.element));
  };
  const head = h("thead", { on: { click: (event) => turn(id, columns, event) && sort() } }, h("tr", {}, titles));
  sort();
  const element = h("table", { class: kind, on: { keydown: walk } }, h("caption", {}, caption), head, body);
  const first = element.querySelector("button.cell");
  if (first) first.tabIndex = 0;
  return h("div", { class: "scroll", id: `${id}-box`, role: "region", "aria-label": caption, tabindex: "0" }, element);
}

function title(column, id) {
  const name = column.vertical ? h("span", { class: "vertical" }, column.title) : column.title;
  const content = column.value
    ? h("button", { type: "button", class: "sort", id: `${id}-sort-${column.key}`, dataset: { key: column.key } }, name)
    : name;
  return h("th", { scope: "col", class: classes(column) }, content);
}

const cell = (column, row) =>
  h(column.isHeader ? "th" : "td", { scope: column.isHeader && "row", class: classes(column) }, column.cell(row));

const classes = (column) =>
  [column.isNumber && "number", column.class].filter(Boolean).join(" ") || null;

/** Note the next order of the clicked column; false where no title was clicked. */
function turn(id, columns, event) {
  const key = event.target.closest("button.sort")?.dataset.key;
  if (!key) return false;
  const { isNumber } = columns.find((column) => column.key === key);
  const directions = isNumber ? ["descending", "ascending"] : ["ascending", "descending"];
  const now = sorts.get(id);
  const next = now?.key === key ? directions[directions.indexOf(now.direction) + 1] : directions[0];
  if (next) sorts.set(id, { key, direction: next });
  else sorts.delete(id);
  return true;
}

function ordered(lines, column, direction) {
  if (!column) return lines;
  const sign = direction === "ascending" ? 1 : -1;
  return lines.toSorted((a, b) => compareValues(column.value(a.row), column.value(b.row), sign));
}

/** Rows without a value stand last either way. */
function compareValues(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "zh-CN"));
}

/** Walk the numbers of a matrix with the arrow keys: one of them is a stop of the tab key. */
function walk(event) {
  const step = STEPS[event.key];
  const from = event.target.closest("button.cell");
  if (!step || !from) return;
  const next = neighbour(from.closest("td"), step);
  event.preventDefault();
  if (!next) return;
  from.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function neighbour(from, [down, right]) {
  const { rows } = from.closest("tbody");
  let y = from.parentElement.sectionRowIndex + down;
  let x = from.cellIndex + right;
  for (; rows[y]?.cells[x]; y += down, x += right) {
    const found = rows[y].cells[x].querySelector("button.cell");
    if (found) return found;
  }
  return null;
}

/** Level of heat, 0 to 4: by the square root, so that small numbers differ from none. */
const heat = (value, most) => (value > 0 ? Math.max(1, Math.ceil(LEVELS * Math.sqrt(value / most))) : 0);

/**
 * A number of a matrix, tinted by its part of `most`. With a `dataset` it is a button and leads
 * there on a click; `name` says for a screen reader what is counted.
 */
export function heatCell(value, most, { text = number(value), name, dataset }) {
  const level = heat(value, most);
  if (level === 0) return h("span", { class: "zero" }, text);
  if (!dataset) return h("span", { class: "cell", dataset: { heat: level } }, text);
  const label = `${name}${t("tabs.colon")}${text}`;
  return h(
    "button",
    { type: "button", class: "cell", tabindex: "-1", "aria-label": label, dataset: { heat: level, ...dataset } },
    text,
  );
}
