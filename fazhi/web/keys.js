// The keys of the page. Single letters can be switched off: they get in the way of speech input.

const SINGLE_KEYS_OFF = "fazhi-single-keys-off";

/** What the dialog lists: keys and the key of their description. */
export const KEYS = [
  [["↑", "↓"], "keys.sentence"],
  [["Enter"], "keys.open"],
  [["←", "→"], "keys.chips"],
  [["Esc"], "keys.escape"],
  [["1", "…", "6"], "keys.tabs"],
  [["p", "n"], "keys.problem"],
  [["?"], "keys.help"],
];

export const keysAreSingle = () => localStorage.getItem(SINGLE_KEYS_OFF) === null;

export function setKeysAreSingle(areSingle) {
  if (areSingle) localStorage.removeItem(SINGLE_KEYS_OFF);
  else localStorage.setItem(SINGLE_KEYS_OFF, "1");
}
