/** Drag and drop: a file may be dropped anywhere on the page. */

import { byId } from "./elements.js";

/**
 * Accept dropped files.
 * @param {() => boolean} isEnabled whether a file may be dropped now
 * @param {(files: FileList | undefined) => void} onDrop
 */
export function acceptDrops(isEnabled, onDrop) {
  const overlay = byId("drop-zone");
  const hasFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    overlay.hidden = !isEnabled();
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) overlay.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    overlay.hidden = true;
    onDrop(event.dataTransfer?.files);
  });
}
