// Where reports come in: dropped, chosen or pasted; read one after the other.

import { postReport, ServiceError } from "./api.js";
import { h } from "./dom.js";
import { embedded } from "./embedded.js";
import { t } from "./i18n.js";
import { announce, clearNotices, inWords, notify } from "./notices.js";
import { state, update } from "./state.js";

const SUFFIXES = ".txt,.text,.html,.htm,.docx,.pdf,.doc,.wps";

const start = document.getElementById("start");
let isAdding = false; // reports are open, and the reader wants more
let built = null; // the language that the section was built in

/** Show the section while no report is open, or while more are wanted. */
export function renderStart() {
  start.hidden = (state.analyses.length > 0 && !isAdding) || embedded !== null;
  if (built !== state.language) build();
  start.querySelector("#back").hidden = !state.analyses.length;
}

function show(adding) {
  isAdding = adding;
  update({}); // the frame follows
}

function build() {
  built = state.language;
  const draft = start.querySelector("textarea")?.value ?? "";
  const files = h("input", { type: "file", id: "files", class: "visually-hidden", multiple: true, accept: SUFFIXES, tabindex: "-1", "aria-hidden": "true" });
  files.addEventListener("change", () => readReports([...files.files]));
  const text = h("textarea", { id: "text", spellcheck: "false" });
  text.value = draft;
  const hint = h("p", { id: "hint", class: "small", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    hint.textContent = text.value.trim() ? "" : t("start.empty");
    if (text.value.trim()) readReports([{ name: t("start.pasted"), text: text.value }]).then(() => (text.value = ""));
  };
  start.replaceChildren(
    h("div", {}, h("h2", { id: "start-title" }, t("start.title")), h("p", { class: "quiet" }, t("start.lead"))),
    h(
      "div",
      { class: "drop" },
      h("p", {}, t("start.drop")),
      h("button", { type: "button", class: "primary", id: "choose", on: { click: () => files.click() } }, t("start.choose")),
      files,
      h("p", { class: "quiet small" }, t("start.formats")),
    ),
    h("ul", { class: "queue", id: "queue", "aria-label": t("queue.label") }),
    h(
      "form",
      { on: { submit } },
      h("label", { for: "text" }, t("start.paste")),
      text,
      hint,
      h(
        "div",
        { class: "row" },
        h("button", { class: "primary", id: "read" }, t("start.read")),
        h("button", { type: "button", class: "plain", id: "sample", on: { click: readSample } }, t("start.sample")),
        h("button", { type: "button", class: "plain", id: "back", on: { click: () => show(false) } }, t("start.back")),
      ),
    ),
    h("p", { class: "quiet small" }, t("start.privacy")),
  );
}

async function readSample() {
  const text = await (await fetch("page/sample.txt")).text();
  await readReports([{ name: "sample", text }]);
}

/** Analyse reports, Files or `{name, text}`, and open those that could be read. */
export async function readReports(reports) {
  clearNotices();
  if (state.analyses.length) show(true);
  renderStart();
  const lines = reports.map((report) => new Line(report.name));
  start.querySelector("#queue").replaceChildren(...lines.map((line) => line.element));
  const read = [];
  const failed = [];
  for (const [i, report] of reports.entries()) {
    try {
      read.push(await lines[i].follow(withOwnName(report, read)));
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof ServiceError)) throw error;
      const message = error.name === "AbortError" ? t("queue.cancelled") : inWords(error);
      lines[i].fail(message);
      failed.push(t("error.of", { name: report.name, message }));
    }
  }
  if (!read.length) return;
  for (const message of failed) notify("error", message);
  open(read);
}

function open(read) {
  isAdding = false;
  start.querySelector("#queue").replaceChildren();
  const wasOpen = state.analyses.length;
  const analyses = [...state.analyses, ...read];
  const current = wasOpen || state.current >= analyses.length ? wasOpen : state.current; // a link may name one
  update({ analyses, current, ...(wasOpen ? { selected: null } : {}) });
  const last = read.at(-1);
  announce(t("queue.done", { name: last.report.name, units: last.units.length }));
  document.getElementById("main").focus({ preventScroll: true });
}

/** The report under a name that no open report has: ids of sentences begin with it. */
function withOwnName(report, read) {
  const taken = new Set([...state.analyses, ...read].map((analysis) => analysis.report.name));
  const dot = report instanceof File ? report.name.lastIndexOf(".") : -1;
  const [stem, suffix] = dot > 0 ? [report.name.slice(0, dot), report.name.slice(dot)] : [report.name, ""];
  let name = stem;
  for (let i = 2; taken.has(name) || taken.has(name + suffix); i += 1) name = `${stem}-${i}`;
  if (name === stem) return report;
  return report instanceof File ? new File([report], name + suffix, { type: report.type }) : { ...report, name };
}

/** One report's line in the queue. */
class Line {
  constructor(name) {
    this.controller = new AbortController();
    this.bar = h("progress", { max: 1, "aria-label": name });
    this.note = h("span", { class: "quiet small" }, t("queue.waiting"));
    this.cancel = h("button", { type: "button", class: "plain", on: { click: () => this.controller.abort() } }, t("cancel"));
    this.element = h("li", {}, h("span", {}, name, " ", this.note), this.cancel, this.bar);
  }

  follow(report) {
    this.controller.signal.throwIfAborted();
    this.note.textContent = t("queue.reading");
    const onProgress = (done, total) => {
      this.bar.value = total ? done / total : 1;
      this.note.textContent = t("queue.tagging", { done, total });
    };
    return postReport(report, onProgress, this.controller.signal);
  }

  fail(message) {
    this.bar.remove();
    this.cancel.remove();
    this.note.remove();
    this.element.append(h("span", { class: "failed", role: "alert" }, message));
  }
}

function dropped(event) {
  event.preventDefault();
  document.body.classList.remove("dragging");
  const files = [...event.dataTransfer.files];
  if (files.length && !embedded) readReports(files);
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("dragging"));
addEventListener("drop", dropped);
addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (files.length && !embedded) readReports(files);
});
document.getElementById("add").addEventListener("click", () => show(true));
