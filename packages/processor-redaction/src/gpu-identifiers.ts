/**
 * Attributes that tell one GPU from all others, by the names of OpenTelemetry, of the receiver `dcgm` and of dcgm-exporter. Their
 * whole value is an identifier.
 */
const identifying: ReadonlySet<string> = new Set([
  "hw.id",
  "hw.parent",
  "hw.serial_number",
  "pci.bdf",
  "nvidia.gpu.pci.bus_id",
  "nvidia.gpu.uuid",
  "gpu.uuid",
  "gpu_uuid",
  "UUID",
  "uuid",
  "pci_bus_id",
  "DCGM_FI_DEV_UUID",
  "DCGM_FI_DEV_GPU_UUID",
  "DCGM_FI_DEV_SERIAL",
  "DCGM_FI_DEV_BOARD_SERIAL",
  "DCGM_FI_DEV_PCI_BUSID",
]);

/** CPUs and cores by number, which are the same on every machine. */
const NUMBERED = /^(?:cpu|core)\d+$/;
/** A MIG instance without a UUID of its own: that of its GPU, and numbers. */
const INSTANCE = /^(.+?)((?:\/\d+){1,2})$/;
/** UUIDs as the driver writes them. */
const UUID = /\b(?:GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** PCI addresses as the kernel and the driver write them; without a function only behind `PCI:`, since clock times look alike. */
const PCI_ADDRESS =
  /\b[0-9a-f]{4}(?:[0-9a-f]{4})?:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\b|(?<=PCI:)[0-9a-f]{4}(?:[0-9a-f]{4})?:[0-9a-f]{2}:[01][0-9a-f]\b/gi;

/** Hashes what tells GPUs apart. */
export interface GpuPrivacy {
  /** The whole value of an attribute; undefined for an attribute that does not identify a GPU. */
  readonly identifier: (key: string, text: string) => string | undefined;
  /** UUIDs within any text. */
  readonly uuids: (text: string) => string;
  /** UUIDs and PCI addresses within a text for people. */
  readonly prose: (text: string) => string;
}

/** Hashes with HMAC-SHA-256, cut to 16 hex digits, as the receiver `dcgm` does: one salt gives one hash in both. */
export function gpuPrivacy(salt: string): GpuPrivacy {
  const { createHmac } = process.getBuiltinModule("node:crypto");
  const hash = (text: string): string => createHmac("sha256", salt).update(text).digest("hex").slice(0, 16);
  const uuids = (text: string): string => (text.includes("-") ? text.replaceAll(UUID, hash) : text);
  return {
    identifier(key, text) {
      if (!identifying.has(key)) return undefined;
      if (text === "" || NUMBERED.test(text)) return text;
      const [, gpu = text, instance = ""] = INSTANCE.exec(text) ?? [];
      return hash(gpu) + instance;
    },
    uuids,
    // Looking for one sign first is a tenth of the cost of an expression that does not match.
    prose: (text) => (text.includes(":") ? uuids(text).replaceAll(PCI_ADDRESS, hash) : uuids(text)),
  };
}

let ownSalt: string | undefined;

/** A salt that lasts as long as the process, the same one for all who ask. */
export function processSalt(): string {
  ownSalt ??= process.getBuiltinModule("node:crypto").randomBytes(32).toString("hex");
  return ownSalt;
}
