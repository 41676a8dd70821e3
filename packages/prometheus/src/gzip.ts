/** Bytes that zlib compresses in about 2 ms: below that, the way to a thread and back costs as much again. */
const LARGEST_SYNC = 1 << 20;

/** Compresses an exposition at level 1: scrapes are read once and thrown away, so processor time is dearer than bytes. */
export async function gzipOf(bytes: Uint8Array): Promise<Uint8Array> {
  const { gzip, gzipSync } = process.getBuiltinModule("node:zlib");
  if (bytes.length <= LARGEST_SYNC) return gzipSync(bytes, { level: 1 });
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // One output chunk for most bodies: each further one is a round trip to the thread.
  const chunkSize = Math.min(1 << 22, bytes.length >> 3);
  gzip(bytes, { level: 1, chunkSize }, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  return promise;
}
