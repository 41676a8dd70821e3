/**
 * The calls of libdcgm that the receiver makes, with the types of their parameters as koffi writes
 * them: handles are uint64, pointers take buffers. Each returns a status.
 * Policies are not among them: their callback can block the library for good, and they lose events.
 */
export const callTypes = {
  dcgmInit: [],
  dcgmShutdown: [],
  dcgmVersionInfo: ["void *"],
  dcgmConnect_v2: ["str", "void *", "void *"],
  dcgmDisconnect: ["uint64"],
  dcgmStartEmbedded_v2: ["void *"],
  dcgmStopEmbedded: ["uint64"],
  dcgmHostengineVersionInfo: ["uint64", "void *"],
  dcgmGetEntityGroupEntities: ["uint64", "int", "void *", "void *", "uint32"],
  dcgmGetDeviceAttributes: ["uint64", "uint32", "void *"],
  dcgmGetGpuInstanceHierarchy: ["uint64", "void *"],
  dcgmModuleGetStatuses: ["uint64", "void *"],
  dcgmProfGetSupportedMetricGroups: ["uint64", "void *"],
  dcgmProfPause: ["uint64"],
  dcgmProfResume: ["uint64"],
  dcgmGroupCreate: ["uint64", "int", "str", "void *"],
  dcgmGroupDestroy: ["uint64", "uint64"],
  dcgmGroupAddEntity: ["uint64", "uint64", "int", "uint32"],
  dcgmFieldGroupCreate: ["uint64", "int", "void *", "str", "void *"],
  dcgmFieldGroupDestroy: ["uint64", "uint64"],
  dcgmWatchFields: ["uint64", "uint64", "uint64", "int64", "double", "int"],
  dcgmUnwatchFields: ["uint64", "uint64", "uint64"],
  dcgmUpdateAllFields: ["uint64", "int"],
  dcgmEntitiesGetLatestValues: ["uint64", "void *", "uint32", "void *", "uint32", "uint32", "void *"],
  dcgmGetValuesSince_v2: ["uint64", "uint64", "uint64", "int64", "void *", "callback", "void *"],
  dcgmHealthSet: ["uint64", "uint64", "uint32"],
  dcgmHealthCheck: ["uint64", "uint64", "void *"],
} as const;

/** Calls that not every release has. */
export const optionalCallTypes = {
  dcgmGetGpuStatus: ["uint64", "uint32", "void *"],
  dcgmGetCpuHierarchy: ["uint64", "void *"],
  dcgmGetCpuHierarchy_v2: ["uint64", "void *"],
} as const;

export type CallName = keyof typeof callTypes;
export type OptionalCallName = keyof typeof optionalCallTypes;

/** What koffi passes on for a parameter. */
export type CallArgument = number | bigint | string | Uint8Array | Uint16Array | Int32Array | BigUint64Array | null;
