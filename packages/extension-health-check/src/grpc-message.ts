/** The length and the flag in front of a message. */
export const PREFIX = 5;

/**
 * The `service` of a `HealthCheckRequest`, whose field 1 it is; empty where it is left out. Undefined for bytes that are no such
 * message.
 */
export function serviceOf(message: Buffer): string | undefined {
  let at = 0;
  let service = "";
  const varint = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = varint();
    // Whatever other fields there may be one day have a length, or 4 or 8 bytes, or are numbers.
    const wire = tag === undefined ? undefined : tag % 8;
    const size = wire === 0 ? 0 : wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : undefined;
    if (size === undefined || (wire === 0 && varint() === undefined) || at + size > message.length) return undefined;
    if (tag === 0x0a) service = message.toString("utf8", at, at + size);
    at += size;
  }
  return service;
}

/** `HealthCheckResponse.ServingStatus`. */
export const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;
export type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus];

/** A `HealthCheckResponse`, whose field 1 is the status, with its prefix. */
export function responseOf(status: ServingStatus): Buffer {
  return Buffer.from([0, 0, 0, 0, 2, 0x08, status]);
}
