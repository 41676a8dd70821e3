import { POINT_NO_VALUE, POINT_UNMARKED, POINT_VALUE_KEPT, type PointColumns } from "@tracecore/core/pdata";

/** The flags of a data point as OTLP has them. */
export function flagsOf({ flags, otherFlags }: Pick<PointColumns, "flags" | "otherFlags">, row: number): number {
  const marked = (flags[row]! & (POINT_NO_VALUE | POINT_UNMARKED)) === POINT_NO_VALUE ? 1 : 0;
  return otherFlags === undefined ? marked : ((otherFlags.get(row) ?? 0) | marked) >>> 0;
}

/** Whether a gauge or sum point with these POINT_… bits is written with a value. */
export function hasValue(bits: number): boolean {
  return (bits & (POINT_NO_VALUE | POINT_VALUE_KEPT)) !== POINT_NO_VALUE;
}
