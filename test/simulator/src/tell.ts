/** For people: standard output belongs to results. */
export const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
