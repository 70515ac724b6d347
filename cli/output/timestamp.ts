/** A stored timestamp as people read it: without its milliseconds. What is none stays as it is. */
const formatTimestamp = (timestamp: string): string =>
  timestamp.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z$/, '$1Z');

export { formatTimestamp };
