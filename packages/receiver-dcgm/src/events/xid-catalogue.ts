import { csvRows } from "../fields/csv.ts";
import { xidNvlink5Table } from "./xid-nvlink5-table.ts";
import { xidTable } from "./xid-table.ts";

export const severities = ["info", "warning", "error", "critical"] as const;
export type Severity = (typeof severities)[number];

/** What an XID means and what to do about it. */
export interface XidMeaning {
  readonly code: number;
  readonly mnemonic: string;
  readonly severity: Severity;
  /** One of a closed list of words, such as `drain_and_reset_gpu`. */
  readonly action: string;
  /** Whether current drivers report it. */
  readonly inUse: boolean;
  readonly description: string;
}

/** What an NVLink 5 sub-code means. */
export interface Nvlink5Meaning {
  readonly unit: string;
  readonly severity: Severity;
  readonly action: string;
  /** `HW`, `SW` or `FW`: who reported it. */
  readonly layer: string;
}

interface Rule extends Nvlink5Meaning {
  readonly code: number;
  readonly v1: Pattern;
  readonly v2: Pattern;
  readonly errorStatus: number;
}

/** A 32-bit pattern: the bits of `mask` must be those of `bits`. */
interface Pattern {
  readonly mask: number;
  readonly bits: number;
}

let meanings: ReadonlyMap<number, XidMeaning> | undefined;
let rules: readonly Rule[] | undefined;

function catalogue(): ReadonlyMap<number, XidMeaning> {
  type Column = "xid" | "mnemonic" | "severity" | "action" | "in_use" | "description";
  meanings ??= new Map(
    csvRows<Column>(xidTable).map((row) => [
      Number(row.xid),
      {
        code: Number(row.xid),
        mnemonic: row.mnemonic,
        severity: row.severity as Severity,
        action: row.action,
        inUse: row.in_use === "yes",
        description: row.description,
      },
    ]),
  );
  return meanings;
}

/** The meaning of an XID; a code that is not in the catalogue says so. */
export function xidMeaning(code: number): XidMeaning {
  return (
    catalogue().get(code) ?? {
      code,
      mnemonic: "UNKNOWN",
      severity: "warning",
      action: "contact_vendor_if_repeated",
      inUse: true,
      description: "Not in the catalogue of this version",
    }
  );
}

/** The codes that get a counter at 0 before the first event: those that call for somebody to act. */
export function preparedXids(): readonly number[] {
  return [...catalogue().values()]
    .filter(({ inUse, severity }) => inUse && (severity === "critical" || severity === "error"))
    .map(({ code }) => code);
}

/** The rule of an NVLink 5 event (XID 144 to 150) by its `intrinfo` and error status words, as the kernel log prints them. */
export function nvlink5Meaning(code: number, intrinfo: number, errorStatus: number): Nvlink5Meaning | undefined {
  rules ??= parseRules();
  const candidates = rules.filter((rule) => rule.code === code && rule.errorStatus === errorStatus >>> 0);
  // The layout of the word changed once; a rule of the newer one is more specific.
  return candidates.find(({ v2 }) => matches(v2, intrinfo)) ?? candidates.find(({ v1 }) => matches(v1, intrinfo));
}

/** The codes whose events have NVLink 5 sub-codes. */
export function isNvlink5(code: number): boolean {
  return code >= 144 && code <= 150;
}

function matches({ mask, bits }: Pattern, word: number): boolean {
  return (word & mask) === bits;
}

function parseRules(): readonly Rule[] {
  type Column = "xid" | "unit" | "bits_v1" | "bits_v2" | "error_status" | "severity" | "action" | "layer";
  return csvRows<Column>(xidNvlink5Table).map((row) => ({
    code: Number(row.xid),
    unit: row.unit,
    v1: patternOf(row.bits_v1),
    v2: patternOf(row.bits_v2),
    errorStatus: Number(row.error_status) >>> 0,
    severity: row.severity as Severity,
    action: row.action,
    layer: row.layer,
  }));
}

function patternOf(text: string): Pattern {
  let mask = 0;
  let bits = 0;
  for (const char of text) {
    mask = (mask << 1) | (char === "-" ? 0 : 1);
    bits = (bits << 1) | (char === "1" ? 1 : 0);
  }
  return { mask, bits };
}

/** What to do, as a sentence. */
export function adviceOf(action: string): string {
  return advice[action] ?? "Look the code up in NVIDIA's XID catalogue.";
}

const advice: Readonly<Record<string, string>> = {
  none: "Nothing to do.",
  restart_app: "Restart the application; it may be at fault.",
  restart_vm: "Restart the virtual machine.",
  see_preceding_xid: "Look at the XID before this one: it is the cause.",
  reset_gpu_when_idle: "Reset the GPU when no job uses it.",
  drain_and_reset_gpu: "Let no new job on the GPU, wait for those that run, and reset it.",
  drain_and_reboot_node: "Let no new job on the node, wait for those that run, and reboot it.",
  check_nvlink: "Check the NVLink errors of this GPU and its peers.",
  check_nvlink_subcode: "Look at the kernel log for the sub-code; it says what to do.",
  check_cabling: "Check power and data cables of the board.",
  update_driver: "Update driver and firmware; their versions do not fit together.",
  watch_memory_health: "Watch remapped rows; reset the GPU when one is pending.",
  watch_c2c: "Watch the errors of the link between GPU and CPU chip.",
  follow_recovery_action_field: "Do what nvidia.gpu.recovery_action says.",
  contact_vendor: "Take the node out of use and contact the vendor.",
  contact_vendor_if_repeated: "Contact the vendor if it happens again.",
};
