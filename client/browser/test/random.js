/** Reproducible random numbers. */

/** Return a generator of numbers between 0 and 1: mulberry32 (Tommy Ettinger, public domain). @param {number} seed */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Return an integer from `low` to `high`. @param {() => number} random @param {number} low @param {number} high */
export function integer(random, low, high) {
  return low + Math.floor(random() * (high - low + 1));
}
