// The service's answers. Knows HTTP, not what is done with them.

const KEY = "fazhi-api-key"; // kept for as long as the browser's tab lives
const PROGRESS = "application/x-ndjson";
const TIMEOUT_MILLISECONDS = 600_000; // a long report on a busy service; the reader sees progress, and can cancel

/** An error of the service, or of the way to it. `type` is the service's, or "network". */
export class ServiceError extends Error {
  constructor(type, message, retryAfterSeconds = null) {
    super(message);
    this.type = type;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const setKey = (key) => sessionStorage.setItem(KEY, key);

/** Ask the service; paths are relative to the page, so that it may stand below a prefix. */
async function ask(path, { body, headers = {}, signal } = {}) {
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", body, headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError("network", "");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  const detail = answer.error ?? { type: "internal", message: `HTTP ${response.status}` };
  const retryAfter = response.headers.get("Retry-After");
  throw new ServiceError(detail.type, detail.message, retryAfter && Number(retryAfter));
}

export const getModel = async () => (await ask("v1/model")).json();
export const getTaxonomy = async () => (await ask("v1/taxonomy")).json();

/**
 * Analyse one report: `{text, name}` or a File. `onProgress(done, total)` counts sentences.
 * The answer always has `source`, the text that its offsets point into.
 */
export async function postReport(report, onProgress = () => {}, signal = undefined) {
  const isFile = report instanceof File;
  const headers = {
    Accept: `${PROGRESS}, application/json;q=0.9`,
    "X-Request-Timeout-Ms": String(TIMEOUT_MILLISECONDS),
  };
  let body;
  if (isFile) {
    body = new FormData();
    body.append("file", report, report.name);
  } else {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(report);
  }
  const response = await ask("v1/reports", { body, headers, signal });
  const streams = response.headers.get("Content-Type").startsWith(PROGRESS);
  const answer = streams ? await lastEvent(response, onProgress) : await response.json();
  return isFile ? answer : { source: report.text, ...answer };
}

/** The phrases that carried these topics and roles of a unit. */
export async function postEvidence({ kind, text, heading_path }, labels) {
  const sentence = { text, heading_path: kind === "body" ? heading_path : [] }; // as it was tagged
  const body = JSON.stringify({ sentence, labels });
  return (await ask("v1/evidence", { body, headers: { "Content-Type": "application/json" } })).json();
}

/** The result that a stream of events ends with. */
async function lastEvent(response, onProgress) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw new ServiceError("network", "");
    });
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    for (const line of lines.filter(Boolean)) {
      const { event, ...content } = JSON.parse(line);
      if (event === "progress") onProgress(content.done, content.total);
      else if (event === "error") throw new ServiceError(content.error.type, content.error.message);
      else return content;
    }
    if (done) throw new ServiceError("network", "");
  }
}
