/**
 * Cuts packages/receiver-dcgm/data/abi.json out of a full description of DCGM's headers (a JSON file with structs, functions and
 * version words per release), or with --check fails when it differs:
 *   node scripts/dcgm-abi.ts headers.json [--check]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "./generate/format.ts";

interface Struct {
  readonly size: number;
  readonly fields: readonly { readonly name: string; readonly offset: number; readonly size: number }[];
}
interface Release {
  readonly structs: Readonly<Record<string, Struct>>;
  readonly functions: Readonly<Record<string, { readonly ret: string; readonly args: readonly [string, string][] }>>;
  readonly version_values: Readonly<Record<string, number>>;
}

/** The structs that the receiver or its test double touches. */
const structs = [
  "dcgmConnectV2Params_v2",
  "dcgmCpuHierarchyOwnedCores_v1",
  "dcgmCpuHierarchy_v1",
  "dcgmCpuHierarchy_v2",
  "dcgmDeviceAttributes_v3",
  "dcgmDeviceIdentifiers_v1",
  "dcgmDeviceSettings_v2",
  "dcgmDiagErrorDetail_t",
  "dcgmFieldValue_v1",
  "dcgmFieldValue_v2",
  "dcgmGroupEntityPair_t",
  "dcgmHealthResponse_v4",
  "dcgmHealthResponse_v5",
  "dcgmHostengineHealth_v1",
  "dcgmIncidentInfo_t",
  "dcgmMigEntityInfo_t",
  "dcgmMigHierarchyInfo_v2",
  "dcgmMigHierarchy_v2",
  "dcgmModuleGetStatusesModule_t",
  "dcgmModuleGetStatuses_v1",
  "dcgmProfGetMetricGroups_v3",
  "dcgmProfMetricGroupInfo_v2",
  "dcgmStartEmbeddedV2Params_v2",
  "dcgmVersionInfo_v2",
];

const functions = [
  "dcgmConnect_v2",
  "dcgmDisconnect",
  "dcgmEntitiesGetLatestValues",
  "dcgmFieldGroupCreate",
  "dcgmFieldGroupDestroy",
  "dcgmGetCpuHierarchy",
  "dcgmGetCpuHierarchy_v2",
  "dcgmGetDeviceAttributes",
  "dcgmGetEntityGroupEntities",
  "dcgmGetGpuInstanceHierarchy",
  "dcgmGetGpuStatus",
  "dcgmGetValuesSince_v2",
  "dcgmGroupAddEntity",
  "dcgmGroupCreate",
  "dcgmGroupDestroy",
  "dcgmHealthCheck",
  "dcgmHealthSet",
  "dcgmHostengineVersionInfo",
  "dcgmInit",
  "dcgmModuleGetStatuses",
  "dcgmProfGetSupportedMetricGroups",
  "dcgmProfPause",
  "dcgmProfResume",
  "dcgmShutdown",
  "dcgmStartEmbedded_v2",
  "dcgmStopEmbedded",
  "dcgmUnwatchFields",
  "dcgmUpdateAllFields",
  "dcgmVersionInfo",
  "dcgmWatchFields",
];

const versionWords = [
  "dcgmConnectV2Params_version2",
  "dcgmCpuHierarchy_version1",
  "dcgmCpuHierarchy_version2",
  "dcgmDeviceAttributes_version3",
  "dcgmFieldValue_version1",
  "dcgmFieldValue_version2",
  "dcgmHealthResponse_version4",
  "dcgmHealthResponse_version5",
  "dcgmMigHierarchy_version2",
  "dcgmModuleGetStatuses_version1",
  "dcgmProfGetMetricGroups_version3",
  "dcgmStartEmbeddedV2Params_version2",
  "dcgmVersionInfo_version2",
];

const [source, ...flags] = process.argv.slice(2);
if (source === undefined) {
  process.stderr.write("usage: node scripts/dcgm-abi.ts headers.json [--check]\n");
  process.exit(2);
}
const releases = JSON.parse(readFileSync(source, "utf8")) as Record<string, Release>;
const abi = {
  releases: Object.keys(releases),
  structs: Object.fromEntries(structs.map((name) => [name, agreed(name, (release) => layout(release.structs[name]))])),
  versionWords: Object.fromEntries(
    versionWords.map((name) => [
      name,
      agreed(name, (release) => {
        const word = release.version_values[name];
        return word === undefined ? undefined : { word: `0x${word.toString(16).padStart(8, "0")}` };
      }),
    ]),
  ),
  functions: Object.fromEntries(functions.map((name) => [name, agreed(name, (release) => signature(release, name))])),
};

const root = join(import.meta.dirname, "..");
const target = "packages/receiver-dcgm/data/abi.json";
const file = join(root, target);
const text = (await format(root, new Map([[target, JSON.stringify(abi)]]))).get(target)!;
if (!flags.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write(`${target} is not what the headers say\n`);
  process.exitCode = 1;
}

function layout(struct: Struct | undefined): { size: number; offsets: Record<string, number> } | undefined {
  if (struct === undefined) return undefined;
  return { size: struct.size, offsets: Object.fromEntries(struct.fields.map(({ name, offset }) => [name, offset])) };
}

function signature(release: Release, name: string): { arguments: string[] } | undefined {
  const found = release.functions[name];
  return found === undefined ? undefined : { arguments: found.args.map(([, type]) => type.replace(/^const /, "")) };
}

/** What all releases that have the thing say about it, with the releases that lack it; a name is never given a second layout. */
function agreed<T extends object>(name: string, of: (release: Release) => T | undefined): T & { absentIn?: string[] } {
  const absentIn = Object.keys(releases).filter((version) => of(releases[version]!) === undefined);
  const answers = new Set(
    Object.values(releases)
      .flatMap((release) => of(release) ?? [])
      .map((answer) => JSON.stringify(answer)),
  );
  if (answers.size !== 1)
    throw new Error(`${name}: the releases have ${answers.size} opinions: ${[...answers].join(" ")}`);
  return { ...(JSON.parse([...answers][0]!) as T), ...(absentIn.length > 0 && { absentIn }) };
}
