// Notices at the top of the page, one line each, and what screen readers are told.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Tell screen readers something that is seen elsewhere. */
export function announce(text) {
  document.getElementById("status").textContent = text;
}

/** A line that stays until it is closed: `kind` is "error", "warning" or "info". */
export function notify(kind, text) {
  const close = h("button", { type: "button", class: "plain", on: { click: () => notice.remove() } }, t("close"));
  const notice = h("div", { class: "notice", dataset: { kind }, role: kind === "error" ? "alert" : "status" }, h("p", {}, text), close);
  document.getElementById("notices").append(notice);
  return notice;
}

export const clearNotices = () => document.getElementById("notices").replaceChildren();

/** An error of the service in one line, with what to do and, where it says why, its own words. */
export function inWords(error) {
  const seconds = error.retryAfterSeconds ?? 5;
  const known = ["invalid", "unsupported_media_type", "too_large", "network", "unauthorized", "overloaded", "not_ready", "timeout", "slow_request", "malformed"];
  const type = known.includes(error.type) ? error.type : "internal";
  const reason = ["invalid", "unsupported_media_type", "too_large", "internal"].includes(type) && error.message;
  return t(`error.${type}`, { seconds }) + (reason ? ` (${error.message})` : "");
}
