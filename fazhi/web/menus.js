// The dialogs of the bar: what can be saved, the link to the view, the keys.

import { correctionsFile } from "./corrections.js";
import { showDialog } from "./dialogs.js";
import { h, saveFile } from "./dom.js";
import { downloads } from "./downloads.js";
import { t } from "./i18n.js";
import { KEYS, keysAreSingle, setKeysAreSingle } from "./keys.js";
import { linkTo, packTexts } from "./link.js";
import { announce } from "./notices.js";
import { state } from "./state.js";

const isOffered = (entry) => entry.isOffered?.() ?? true;

/** What can be saved. */
export function showSave() {
  const corrected = Object.keys(state.corrections).length;
  return showDialog(t("save.title"), (close) => {
    const problem = h("p", { role: "alert" });
    const choice = (title, save, disabled = false) =>
      h("button", { type: "button", disabled, on: { click: () => saving(save) } }, title);
    const saving = async (save) => {
      try {
        await save(state, t);
        close();
      } catch (error) {
        problem.textContent = t("save.failed", { message: error.message });
        console.error(error);
      }
    };
    return [
      h(
        "div",
        { class: "choices" },
        downloads.filter(isOffered).map((entry) => choice(entry.title(t), entry.save)),
        choice(t("save.corrections", { count: corrected }), () => saveFile("corrections.jsonl", correctionsFile(), "application/jsonl"), !corrected),
      ),
      h("p", { class: "quiet small" }, t("save.note")),
      problem,
    ];
  });
}

/** The link to the view, with or without the text. */
export async function showShare() {
  const texts = await packTexts();
  return showDialog(t("share.title"), () => {
    const link = h("textarea", { id: "link", readonly: true, rows: 3, "aria-label": t("share.link") });
    link.value = linkTo();
    const withText = h("input", { type: "checkbox", on: { change: () => (link.value = linkTo(withText.checked ? texts : null)) } });
    const copy = h("button", { type: "button", class: "primary", on: { click: () => copying(link, copy) } }, t("copy"));
    const offer = texts
      ? h("label", {}, withText, " ", t("share.text", { characters: linkTo(texts).length }))
      : h("p", { class: "quiet small" }, t("share.long"));
    return [h("p", {}, t("share.note")), link, offer, h("div", { class: "row" }, copy)];
  });
}

async function copying(field, button) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages from disk or without TLS have no clipboard
  }
  button.textContent = t("copied");
  announce(t("copied"));
}

/** The keys, and the switch of those that are single letters. */
export function showKeys() {
  return showDialog(t("keys.title"), () => {
    const single = h("input", { type: "checkbox", on: { change: () => setKeysAreSingle(single.checked) } });
    single.checked = keysAreSingle();
    const row = ([keys, what]) => [h("dt", {}, keys.map((key) => [h("kbd", {}, key), " "])), h("dd", {}, t(what))];
    return [h("dl", { class: "keys" }, KEYS.map(row)), h("label", {}, single, " ", t("keys.single"))];
  });
}
