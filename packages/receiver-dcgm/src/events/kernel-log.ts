import type { Device } from "../emit/device.ts";
import type { DeviceEvent } from "./device-events.ts";
import { isNvlink5, nvlink5Meaning } from "./xid-catalogue.ts";

/** Longest record of the kernel, bytes. */
const RECORD_BYTES = 8192;
/** Records taken at once; the rest waits for the next read. */
const MAX_RECORDS = 10_000;

/** `NVRM: Xid (PCI:0000:1b:00): 79, pid=1234, name=python, GPU has fallen off the bus.` */
const XID = /NVRM: Xid \((?:PCI:)?([0-9a-fA-F:.]+)\).*?: (\d+),(.*)$/;
/** `149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x… 0x… …)` */
const NVLINK5 = /^\s*\S+ (?:Nonfatal|Non-fatal|Fatal)\b.*?\bLink (\d+) \(0x([0-9a-fA-F]+) 0x([0-9a-fA-F]+)/;
const SXID = /SXid \(PCI:([0-9a-fA-F:.]+)\): (\d+), (Non-fatal|Fatal)(?:, Link (\d+))?/;
const OFF_THE_BUS = /NVRM: (?:The NVIDIA GPU|GPU) ([0-9a-fA-F]+(?::[0-9a-fA-F]+)+(?:\.\d)?).*fallen off the bus/;

/** What a line of the kernel says of a device. */
export interface KernelEvent extends Omit<DeviceEvent, "device" | "timestampUs"> {
  /** PCI address without function, lower case: `1b:00`, with its domain before it where that is not 0. */
  readonly address: string;
}

/** The event of a line of the kernel's log; undefined when it is about something else. */
export function kernelEvent(line: string): KernelEvent | undefined {
  const xid = XID.exec(line);
  if (xid !== null) {
    const [, address = "", code = "", rest = ""] = xid;
    const number = Number(code);
    const process = /\bpid='?(\d+)/.exec(rest)?.[1];
    const sub = isNvlink5(number) ? NVLINK5.exec(rest) : null;
    return {
      kind: "xid",
      code: number,
      source: "kernel_log",
      address: pciAddress(address),
      ...(process !== undefined && { processId: Number(process) }),
      ...(sub !== null && {
        link: Number(sub[1]),
        nvlink5: nvlink5Meaning(number, Number.parseInt(sub[2]!, 16), Number.parseInt(sub[3]!, 16)),
      }),
    };
  }
  const sxid = SXID.exec(line);
  if (sxid !== null) {
    const [, address = "", code = "", severity, link] = sxid;
    return {
      kind: "sxid",
      code: Number(code),
      source: "kernel_log",
      address: pciAddress(address),
      fatal: severity === "Fatal",
      ...(link !== undefined && { link: Number(link) }),
    };
  }
  const lost = OFF_THE_BUS.exec(line);
  return lost === null ? undefined : { kind: "xid", code: 79, source: "kernel_log", address: pciAddress(lost[1]!) };
}

/** `00000000:1B:00.0`, `0000:1b:00` and `1b:00.0` are the same address. */
export function pciAddress(text: string): string {
  const parts = text
    .toLowerCase()
    .replace(/\.\d+$/, "")
    .split(":");
  const [device = "", bus = "", domain = "0"] = parts.toReversed();
  const number = Number.parseInt(domain, 16);
  return `${number === 0 ? "" : `${number.toString(16)}:`}${bus}:${device}`;
}

/**
 * Reads /dev/kmsg, which tells more of an event than DCGM does: link, sub-code, process. Needs CAP_SYSLOG. Only what the kernel
 * writes after the start counts.
 */
export class KernelLog implements Disposable {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(RECORD_BYTES);
  readonly #fs: typeof import("node:fs");
  readonly #nowMs: () => number;

  /** Throws when the file cannot be opened. */
  constructor(path: string, nowMs: () => number) {
    this.#fs = process.getBuiltinModule("node:fs");
    this.#nowMs = nowMs;
    const { O_RDONLY, O_NONBLOCK } = this.#fs.constants;
    this.#fd = this.#fs.openSync(path, O_RDONLY | O_NONBLOCK);
    if (this.#fs.fstatSync(this.#fd).isDirectory()) {
      this.#fs.closeSync(this.#fd);
      throw new Error(`${path} is a folder`);
    }
    // What is there already is history.
    this.#records(() => {});
  }

  /** Gives the events of these devices since the last call. */
  read(devices: readonly Device[], take: (event: DeviceEvent) => void): void {
    this.#records((line) => {
      const found = kernelEvent(line);
      if (found === undefined) return;
      const { address, ...event } = found;
      const device = devices.find(
        ({ entity: { kind, pciBusId } }) =>
          (kind === "gpu" || kind === "switch") && pciBusId !== undefined && pciAddress(pciBusId) === address,
      );
      if (device !== undefined) take({ ...event, device, timestampUs: this.#nowMs() * 1000 });
    });
  }

  /** Each read of the file gives one record; without one it says that it would have to wait. */
  #records(line: (text: string) => void): void {
    for (let i = 0; i < MAX_RECORDS; i++) {
      try {
        const length = this.#fs.readSync(this.#fd, this.#buffer, 0, RECORD_BYTES, null);
        if (length === 0) return;
        for (const text of this.#buffer.toString("utf8", 0, length).split("\n")) line(text.replace(/^[^;]*;/, ""));
      } catch (error) {
        // EPIPE: the kernel overwrote records before they were read. The next read goes on with those that are left.
        if ((error as NodeJS.ErrnoException).code === "EPIPE") continue;
        return;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#fs.closeSync(this.#fd);
  }
}
