// The view in the address: everything stands after the #, which browsers never send.

import { embedded } from "./embedded.js";
import { NONE, state, update } from "./state.js";

const DEFAULT_TAB = embedded?.tab ?? "report";
const MAX_TEXT_CHARACTERS = 16_000; // of compressed text: mail and chat programs cut longer links

/** The view as `key=value` pairs; defaults are left out. */
function pairs() {
  const { current, tab, filter, threshold, context, language, selected } = state;
  return new URLSearchParams(
    Object.entries({
      tab: tab === DEFAULT_TAB ? "" : tab,
      report: current ? String(current + 1) : "",
      label: filter.labels.join("."),
      role: filter.roles.join("."),
      t: threshold === null ? "" : String(threshold),
      context: context ? "1" : "",
      lang: language === "zh" ? "" : language,
      unit: selected ?? "",
    }).filter(([, value]) => value),
  );
}

const read = () => new URLSearchParams(location.hash.slice(1));

/** Take the view from the address, once the taxonomy is known. Returns whether it names one. */
export function readLink(tabIds) {
  const view = read();
  const { labels, roles } = state.taxonomy;
  const list = (name, known) => view.get(name)?.split(".").filter((id) => known.includes(id)) ?? [];
  const threshold = Number.parseFloat(view.get("t"));
  const wanted = Number.parseInt(view.get("report"), 10);
  update({
    tab: ["report", ...tabIds].includes(view.get("tab")) ? view.get("tab") : DEFAULT_TAB,
    current: wanted > 0 ? wanted - 1 : 0, // may be beyond what is open, until it is
    filter: { labels: list("label", [...labels.map(({ id }) => id), NONE]), roles: list("role", roles.map(({ id }) => id)) },
    threshold: threshold >= 0 && threshold <= 1 ? threshold : null,
    context: view.get("context") === "1",
    language: linkedLanguage(),
    selected: view.get("unit"),
  });
  return [...view.keys()].some((key) => !["lang", "text"].includes(key));
}

/** The language that the address names. */
export const linkedLanguage = () => (read().get("lang") === "en" ? "en" : "zh");

/** Keep the address in step with the view; the text that it came with stays. */
export function writeLink() {
  const view = pairs();
  const text = read().get("text");
  if (text) view.set("text", text);
  const hash = view.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

/** The address of the view, with the reports' text if `texts` (from `packTexts`) is given. */
export function linkTo(texts = null) {
  const view = pairs();
  if (texts) view.set("text", texts);
  const url = new URL(location.href);
  url.hash = view.toString();
  return url.href;
}

/** The open reports' texts, compressed; null where they are too long for a link. */
export async function packTexts() {
  const texts = state.analyses.map((analysis) => [analysis.report.name, analysis.source]);
  if (texts.some(([, source]) => !source)) return null;
  const bytes = await through(new TextEncoder().encode(JSON.stringify(texts)), new CompressionStream("deflate-raw"));
  const packed = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const text = packed.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text.length <= MAX_TEXT_CHARACTERS ? text : null;
}

/** The texts in the address: `[{name, text}]`, null if there are none. Throws on broken ones. */
export async function unpackTexts() {
  const text = read().get("text");
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const json = new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  return JSON.parse(json).map(([name, source]) => ({ name: String(name), text: String(source) }));
}

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
