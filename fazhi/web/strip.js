// The strip along the report: the topics of its sentences from beginning to end, by length of text.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { groupNumber, isFiltered, labelsOf, passes } from "./state.js";

const GAP = 0.5; // pixels between sentences, where there is room

export function createStrip(report) {
  const canvas = h("canvas", { role: "img" });
  const window_ = h("div", { class: "strip-window", "aria-hidden": "true" });
  const element = h("div", { class: "strip" }, canvas, window_);
  let spans = []; // {row, from, to}: shares of the text
  let due = 0; // frame in which the window is placed

  const build = () => {
    canvas.setAttribute("aria-label", t("strip.label"));
    element.title = t("strip.label");
    const rows = report.rows.filter(({ unit }) => unit.kind === "body" || unit.kind === "heading");
    const total = rows.reduce((sum, { unit }) => sum + unit.text.length, 0);
    let at = 0;
    spans = rows.map((row) => ({ row, from: at / total, to: (at += row.unit.text.length) / total }));
  };

  const refresh = () => {
    const { width, height } = element.getBoundingClientRect();
    if (!height) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    const [line, ...hues] = [color("--line"), ...Array.from({ length: 10 }, (_, i) => color(`--hue-${i}`))];
    const filtered = isFiltered();
    for (const { row, from, to } of spans) {
      if (row.unit.kind !== "body") continue;
      const [label] = labelsOf(row.unit);
      const isLit = label && (!filtered || passes(row.unit));
      context.fillStyle = isLit ? (hues[groupNumber(label)] ?? line) : line;
      context.globalAlpha = isLit ? 1 : 0.5;
      const top = from * height;
      context.fillRect(0, top, width, Math.max(1, (to - from) * height - GAP));
    }
    place();
  };

  /** Show which part of the report is in sight. */
  function place() {
    due = 0;
    const { left, width } = report.element.getBoundingClientRect();
    const spanAt = (y) => {
      const hit = document.elementFromPoint(left + width / 2, y)?.closest?.(".unit");
      return spans.find(({ row }) => row.element === hit);
    };
    const first = [90, 130, 180, 240].map(spanAt).find(Boolean);
    const last = [20, 60, 110, 170].map((up) => spanAt(innerHeight - up)).find(Boolean) ?? (first && spans.at(-1));
    window_.hidden = !first;
    if (!first) return;
    window_.style.setProperty("top", `${first.from * 100}%`);
    window_.style.setProperty("height", `${Math.max(1, (last.to - first.from) * 100)}%`);
  }

  const later = () => (due ||= requestAnimationFrame(place));
  addEventListener("scroll", later, { passive: true });
  new ResizeObserver(refresh).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  element.addEventListener("click", ({ clientY }) => {
    const { top, height } = element.getBoundingClientRect();
    const share = (clientY - top) / height;
    const inReach = spans.filter(({ row }) => !row.element.classList.contains("out"));
    const span = inReach.find(({ to }) => to >= share) ?? inReach.at(-1);
    if (span) report.reveal(span.row.unit.id);
  });
  return { element, build, refresh };
}
