/**
 * Whether a name fits a glob: `*` is any letters, also none, `?` is one; case says nothing. In time linear in both for what people
 * write: after a mismatch only the last `*` takes one letter more.
 */
const fitsGlob = (glob: string, name: string): boolean => {
  const [pattern, text] = [glob.toLowerCase(), name.toLowerCase()];
  let [p, t, star, taken] = [0, 0, -1, 0];
  while (t < text.length) {
    const letter = pattern[p];
    if (letter === '*') {
      star = p;
      taken = t;
      p += 1;
    } else if (letter === '?' || (letter !== undefined && letter === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      taken += 1;
      t = taken;
      p = star + 1;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
};

export { fitsGlob };
