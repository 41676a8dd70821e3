/**
 * A double whose value is whole, as OTLP has it in `doubleValue: 5`. It counts and prints like the number that it is. Only what
 * came in as OTLP holds one: a plain 5 is an integer, and both must go out as they came.
 */
export class WholeDouble extends Number {}

/**
 * Any value of OTLP. A `number` that is a safe integer is a 64-bit integer there, any other a double; `bigint` is exact. `null`
 * is a value that is not set.
 */
export type AttributeValue =
  | null
  | string
  | WholeDouble
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type AttributesInput = Readonly<Record<string, AttributeValue>>;
