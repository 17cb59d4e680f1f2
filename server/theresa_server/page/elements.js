/** Helpers for the elements of the page. */

/** Return the element with an id, which the page must have. @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Replace the options of a list. The selection is kept if it is still available; otherwise the first option is selected.
 * @param {HTMLSelectElement} select
 * @param {{ id: string, label: string }[]} options
 */
export function setOptions(select, options) {
  const selected = select.value;
  select.replaceChildren(...options.map(({ id, label }) => new Option(label, id)));
  if (options.some(({ id }) => id === selected)) select.value = selected;
}
