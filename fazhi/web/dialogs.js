// Modal dialogs: the browser's own, which keep the focus and close on Escape.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Show a dialog; resolves when it is closed. `close` closes it. */
export function showDialog(title, content) {
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" });
  const close = () => dialog.close();
  dialog.append(
    h("div", { class: "body" }, h("h2", { id: "dialog-title" }, title), content(close)),
    h("button", { type: "button", class: "plain close", "aria-label": t("close"), on: { click: close } }, "×"),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && isOutside(dialog, event) && close());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}

function isOutside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

/** Ask for the service's key; null when the reader gives none. */
export async function askForKey() {
  let key = null;
  await showDialog(t("key.title"), (close) => {
    const input = h("input", { type: "password", id: "key", autocomplete: "off", required: true });
    const submit = (event) => {
      event.preventDefault();
      key = input.value.trim();
      close();
    };
    return h(
      "form",
      { class: "body", on: { submit } },
      h("label", { for: "key" }, t("key.label")),
      input,
      h("p", { class: "quiet small" }, t("key.note")),
      h("div", { class: "row" }, h("button", { class: "primary" }, t("key.send"))),
    );
  });
  return key || null;
}
