// The page as one file: reading the data that such a file carries, and making one.

const DATA = /(<script type="application\/json" id="embedded">)[^<]*(<\/script>)/;

const element = document.getElementById("embedded");
const pristine = element && `<!doctype html>\n${document.documentElement.outerHTML}`; // before the page changes

/** What this file carries: {model, taxonomy, analyses, tab, corrections, threshold}; null when served. */
export const embedded = element && JSON.parse(element.textContent);

/** Text of an HTML file that shows `data` without a service. */
export async function singleFile(data) {
  const template = pristine ?? (await (await fetch("page/standalone.html")).text());
  const json = JSON.stringify(data).replaceAll("<", "\\u003c"); // no end tag, no comment inside
  return template.replace(DATA, (_, before, after) => before + json + after);
}
