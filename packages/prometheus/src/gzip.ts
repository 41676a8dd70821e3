/** Compresses an exposition at level 1: scrapes are read once and thrown away, so processor time is dearer than bytes. */
export function gzipOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const { gzip } = process.getBuiltinModule("node:zlib");
  // One output chunk for most bodies: each further one is a round trip to the thread pool.
  const chunkSize = Math.max(1 << 14, Math.min(1 << 22, bytes.length >> 3));
  gzip(bytes, { level: 1, chunkSize }, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  return promise;
}
