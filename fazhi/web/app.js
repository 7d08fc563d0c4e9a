// Puts the parts of the page together: start, changes of the state, the address.

import { getModel, getTaxonomy, hasKey, ServiceError, setKey } from "./api.js";
import { askForKey } from "./dialogs.js";
import { embedded } from "./embedded.js";
import { t } from "./i18n.js";
import { readReports, renderStart } from "./input.js";
import { listenToKeys } from "./keyboard.js";
import { linkedLanguage, readLink, unpackTexts, writeLink } from "./link.js";
import { inWords, notify } from "./notices.js";
import { localise, renderShell, tabIds } from "./shell.js";
import { state, subscribe, update } from "./state.js";

const IN_ADDRESS = ["tab", "current", "filter", "threshold", "context", "language", "selected"];

let isOpened = false; // until then the address says what to open

/** Ask for something, and for a key as often as the service wants one. */
async function withKey(request) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (error.type !== "unauthorized") throw error;
      if (hasKey()) notify("error", inWords(error));
      const key = await askForKey();
      if (key === null) throw error;
      setKey(key);
    }
  }
}

async function load() {
  if (embedded) return update(embedded);
  const [model, taxonomy] = await withKey(async () => Promise.all([getModel(), getTaxonomy()]));
  update({ model, taxonomy });
}

/** Open what the address names: the view, and the reports where it holds their texts. */
async function open() {
  const namesAView = readLink(tabIds);
  if (embedded && state.threshold === null) update({ threshold: embedded.threshold ?? null });
  const texts = await unpackTexts().catch(() => {
    notify("error", t("link.broken"));
    return null;
  });
  if (texts) await readReports(texts);
  if (namesAView && !state.analyses.length) notify("info", t("link.waiting"));
}

function render(changed) {
  if (changed.has("language")) localise();
  renderStart(changed);
  renderShell(changed);
  if (isOpened && IN_ADDRESS.some((name) => changed.has(name))) writeLink();
}

update({ language: linkedLanguage() });
localise();
subscribe(render);
listenToKeys();
addEventListener("hashchange", () => readLink(tabIds));
addEventListener("beforeunload", (event) => Object.keys(state.corrections).length && event.preventDefault());

try {
  await load();
  await open();
  isOpened = true;
  writeLink();
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  notify("error", inWords(error));
}
document.documentElement.dataset.ready = "true";
