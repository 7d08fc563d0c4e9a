// Charts, drawn as SVG by d3: sharp in print, text stays text, looks come from the style sheet.
// Every chart stands beside a table with the same numbers; for a screen reader it is one image.

import { h } from "../dom.js";
import { number, percent, t } from "../i18n.js";
import { axisBottom, axisLeft, create, line, scaleBand, scaleLinear, scalePoint, stack } from "../vendor/d3/d3.js";

const ROW = 22; // height of a bar with its gap, px
const NAME_SIZE = 13; // px, as in tabs.css
const CHART_MAX = 1200; // px

/**
 * A figure that draws itself anew when its width changes: `draw(width)` gives an SVG selection.
 */
function figure(title, keys, draw) {
  const place = h("div", { class: "canvas" });
  const element = h("figure", { class: "chart" }, h("figcaption", { class: "visually-hidden" }, title), keys, place);
  let drawn = 0;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.min(CHART_MAX, Math.floor(entry.contentRect.width));
    if (width < 1 || width === drawn) return;
    drawn = width;
    const svg = draw(width).attr("role", "img").attr("aria-label", title);
    place.replaceChildren(svg.node());
  });
  observer.observe(place); // goes with the element: nothing else holds either
  return element;
}

const legend = (keys) =>
  h(
    "ul",
    { class: "legend", "aria-hidden": "true" },
    keys.map((key) => h("li", { dataset: { role: key.id } }, key.name)),
  );

/**
 * Horizontal bars, stacked. `rows`: `{name, group, values: {key: number}}`, drawn in their order;
 * `keys`: `{id, name}`, the parts from left to right.
 */
export function bars({ title, rows, keys }) {
  const longest = Math.max(...rows.map((row) => textWidth(row.name)));
  return figure(title, legend(keys), (width) => {
    const left = Math.min(longest + 12, width / 2);
    const height = rows.length * ROW;
    const svg = create("svg").attr("viewBox", `0 0 ${width} ${height + 24}`).attr("width", width).attr("height", height + 24);
    const total = (row) => keys.reduce((sum, key) => sum + row.values[key.id], 0);
    const x = scaleLinear([0, Math.max(1, ...rows.map(total))], [left, width - 48]).nice();
    const y = scaleBand(rows.map((row) => row.name), [0, height]).padding(0.2);
    const whole = x.ticks(Math.max(2, Math.floor(width / 140))).filter(Number.isInteger); // sentences come whole
    const ticks = axisBottom(x).tickValues(whole).tickFormat((value) => number(value)).tickSizeInner(-height).tickSizeOuter(0);
    svg.append("g").attr("class", "grid").attr("transform", `translate(0,${height})`).call(ticks);
    const layers = stack().keys(keys.map((key) => key.id)).value((row, key) => row.values[key])(rows);
    for (const layer of layers) {
      svg.append("g").attr("data-role", layer.key).selectAll("rect").data(layer).join("rect")
        .attr("x", (part) => x(part[0]))
        .attr("width", (part) => x(part[1]) - x(part[0]))
        .attr("y", (part) => y(part.data.name))
        .attr("height", y.bandwidth());
    }
    svg.append("g").attr("class", "names").call(axisLeft(y).tickSize(0).tickPadding(8)).attr("transform", `translate(${left},0)`);
    svg.append("g").attr("class", "values").selectAll("text").data(rows).join("text")
      .attr("x", (row) => x(total(row)) + 6)
      .attr("y", (row) => y(row.name) + y.bandwidth() / 2)
      .attr("dy", "0.35em")
      .text((row) => number(total(row)));
    return unfonted(svg);
  });
}

/**
 * A small line for each of several topics over the same years, on one scale.
 * `lines`: `{name, group, shares: [0…1]}`; `years` as long as each of `shares`.
 */
export function smallLines({ title, years, lines }) {
  const most = Math.max(...lines.flatMap((entry) => entry.shares));
  const least = Math.max(210, ...lines.map((entry) => textWidth(entry.name) * 1.1 + 24)); // names are bold
  return figure(title, null, (width) => {
    const columns = Math.max(1, Math.floor(width / least));
    const [cellWidth, cellHeight] = [width / columns, 120];
    const height = Math.ceil(lines.length / columns) * cellHeight;
    const svg = create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
    const x = scalePoint(years.keys(), [20, cellWidth - 44]); // a body may have two reports of a year
    const y = scaleLinear([0, most], [86, 48]);
    const place = (_, i) => `translate(${(i % columns) * cellWidth},${Math.floor(i / columns) * cellHeight})`;
    const cells = svg.selectAll("g").data(lines).join("g").attr("class", "line").attr("data-group", (entry) => entry.group).attr("transform", place);
    cells.append("text").attr("class", "name").attr("x", 8).attr("y", 18).text((entry) => entry.name);
    cells.append("path").attr("class", "base").attr("d", `M8,86H${cellWidth - 32}`);
    const path = line((_, i) => x(i), (share) => y(share));
    cells.append("path").attr("class", "curve").attr("d", (entry) => path(entry.shares));
    cells.selectAll("circle").data((entry) => entry.shares).join("circle").attr("r", 2.5).attr("cx", (_, i) => x(i)).attr("cy", (share) => y(share));
    for (const i of new Set([0, years.length - 1])) {
      cells.append("text").attr("class", "year").attr("x", x(i)).attr("y", 102).text(t("tabs.year", { year: years[i] }));
      cells.append("text").attr("class", "share").attr("x", x(i)).attr("y", (entry) => y(entry.shares[i]) - 7).text((entry) => percent(entry.shares[i]));
    }
    return svg;
  });
}

/** d3's axes bring a Latin font and size of their own; the page's are meant. */
function unfonted(svg) {
  svg.selectAll("g").attr("font-family", null).attr("font-size", null);
  return svg;
}

/** About how wide a name is: Chinese characters are square, others half as wide. */
const textWidth = (text) => [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? 1 : 0.6) * NAME_SIZE, 0);
