/* The entry points of libdcgm that tell what there is: devices, instances, modules, profiling, health. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT dcgmReturn_t dcgmGetEntityGroupEntities(dcgmHandle_t handle, int entity_group, unsigned *entities, int *count, unsigned flags) {
  struct engine *engine;
  (void)flags;
  dcgmReturn_t result = enter("dcgmGetEntityGroupEntities", handle, &engine);
  if (result != ST_OK) return result;
  const char *word = entity_group == FE_GPU ? "gpu" : entity_group == FE_GPU_I ? "gi" : entity_group == FE_GPU_CI ? "ci" : "entity";
  int found = 0;
  for (int i = 0; i < engine->script.count; i++) {
    struct line *line = &engine->script.lines[i];
    if (strcmp(line->word, word) != 0) continue;
    if (word[0] == 'e' && line->n[0] != entity_group) continue;
    if (found < *count) entities[found] = (unsigned)line->n[word[0] == 'e' ? 1 : 0];
    found++;
  }
  if (found == 0 && (entity_group == FE_CPU || entity_group == FE_CPU_CORE)) return leave(ST_MODULE_NOT_LOADED);
  if (found == 0 && entity_group == FE_LINK) return leave(ST_NOT_SUPPORTED);
  int too_small = found > *count;
  *count = found;
  return leave(too_small ? ST_INSUFFICIENT_SIZE : ST_OK);
}

EXPORT dcgmReturn_t dcgmGetGpuStatus(dcgmHandle_t handle, unsigned gpu, int *status) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetGpuStatus", handle, &engine);
  if (result != ST_OK) return result;
  struct line *line = script_find(&engine->script, "gpu", (int)gpu, ANY, ANY);
  *status = line ? line->n[1] : 0;
  return leave(line ? ST_OK : ST_BADPARAM);
}

EXPORT dcgmReturn_t dcgmGetDeviceAttributes(dcgmHandle_t handle, unsigned gpu, dcgmDeviceAttributes_v3 *attributes) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetDeviceAttributes", handle, &engine);
  if (result != ST_OK) return result;
  if (attributes->version != dcgmDeviceAttributes_version3) return leave(ST_VER_MISMATCH);
  memset((char *)attributes + 4, 0, sizeof *attributes - 4);
  struct line *line = script_find(&engine->script, "gpu", (int)gpu, ANY, ANY);
  if (line == NULL) return leave(ST_OK); /* an unknown GPU is no error there either */
  dcgmDeviceIdentifiers_v1 *identifiers = &attributes->identifiers;
  snprintf(identifiers->brandName, 256, "NVIDIA");
  snprintf(identifiers->deviceName, 256, "NVIDIA H100 80GB HBM3");
  snprintf(identifiers->uuid, 256, "%s", line->text[0]);
  snprintf(identifiers->pciBusId, 256, "%s", line->text[1]);
  snprintf(identifiers->serial, 256, "%s", line->text[2]);
  snprintf(identifiers->vbios, 256, "96.00.74.00.01");
  snprintf(identifiers->driverVersion, 256, "580.65.06");
  identifiers->pciDeviceId = 0xfffffff0;
  attributes->settings.migModeEnabled = (unsigned)line->n[2];
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmGetGpuInstanceHierarchy(dcgmHandle_t handle, dcgmMigHierarchy_v2 *hierarchy) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetGpuInstanceHierarchy", handle, &engine);
  if (result != ST_OK) return result;
  if (hierarchy->version != dcgmMigHierarchy_version2) return leave(ST_VER_MISMATCH);
  hierarchy->count = 0;
  for (int i = 0; i < engine->script.count; i++) {
    struct line *line = &engine->script.lines[i];
    int instance = strcmp(line->word, "gi") == 0;
    if (!instance && strcmp(line->word, "ci") != 0) continue;
    dcgmMigHierarchyInfo_v2 *info = &hierarchy->entityList[hierarchy->count++];
    memset(info, 0, sizeof *info);
    info->entity = (dcgmGroupEntityPair_t){instance ? FE_GPU_I : FE_GPU_CI, (unsigned)line->n[0]};
    info->parent = (dcgmGroupEntityPair_t){instance ? FE_GPU : FE_GPU_I, (unsigned)line->n[1]};
    struct line *owner = instance ? line : script_find(&engine->script, "gi", line->n[1], ANY, ANY);
    struct line *gpu = owner ? script_find(&engine->script, "gpu", owner->n[1], ANY, ANY) : NULL;
    snprintf(info->info.gpuUuid, 128, "%s", gpu ? gpu->text[0] : "");
    info->info.nvmlGpuIndex = gpu ? (unsigned)gpu->n[0] : 0;
    info->info.nvmlInstanceId = (unsigned)line->n[2];
    info->info.nvmlComputeInstanceId = instance ? 0 : (unsigned)line->n[3];
    info->info.nvmlMigProfileId = (unsigned)line->n[instance ? 3 : 4];
    info->info.nvmlProfileSlices = (unsigned)line->n[instance ? 4 : 5];
  }
  return leave(ST_OK);
}

static void own_cores(struct engine *engine, unsigned cpu, dcgmCpuHierarchyOwnedCores_v1 *owned) {
  for (int i = 0; i < engine->script.count; i++) {
    struct line *line = &engine->script.lines[i];
    if (strcmp(line->word, "core") == 0 && line->n[1] == (int)cpu) owned->bitmask[line->n[0] / 64] |= 1ULL << (line->n[0] % 64);
  }
}

static unsigned cpus(struct engine *engine, unsigned ids[8]) {
  unsigned count = 0;
  for (int i = 0; i < engine->script.count && count < 8; i++) {
    struct line *line = &engine->script.lines[i];
    if (strcmp(line->word, "entity") == 0 && line->n[0] == FE_CPU) ids[count++] = (unsigned)line->n[1];
  }
  return count;
}

EXPORT dcgmReturn_t dcgmGetCpuHierarchy(dcgmHandle_t handle, dcgmCpuHierarchy_v1 *hierarchy) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetCpuHierarchy", handle, &engine);
  if (result != ST_OK) return result;
  if (hierarchy->version != dcgmCpuHierarchy_version1) return leave(ST_VER_MISMATCH);
  unsigned ids[8];
  hierarchy->numCpus = cpus(engine, ids);
  for (unsigned i = 0; i < hierarchy->numCpus; i++) {
    hierarchy->cpus[i].cpuId = ids[i];
    own_cores(engine, ids[i], &hierarchy->cpus[i].ownedCores);
  }
  return leave(ST_OK);
}

#if LIBRARY_MAJOR >= 4
EXPORT dcgmReturn_t dcgmGetCpuHierarchy_v2(dcgmHandle_t handle, dcgmCpuHierarchy_v2 *hierarchy) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetCpuHierarchy_v2", handle, &engine);
  if (result != ST_OK) return result;
  if (hierarchy->version != dcgmCpuHierarchy_version2) return leave(ST_VER_MISMATCH);
  unsigned ids[8];
  hierarchy->numCpus = cpus(engine, ids);
  for (unsigned i = 0; i < hierarchy->numCpus; i++) {
    hierarchy->cpus[i].cpuId = ids[i];
    own_cores(engine, ids[i], &hierarchy->cpus[i].ownedCores);
    snprintf(hierarchy->cpus[i].serial, 256, "CPU-%u", ids[i]);
  }
  return leave(ST_OK);
}
#endif

EXPORT dcgmReturn_t dcgmModuleGetStatuses(dcgmHandle_t handle, dcgmModuleGetStatuses_v1 *modules) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmModuleGetStatuses", handle, &engine);
  if (result != ST_OK) return result;
  if (modules->version != dcgmModuleGetStatuses_version1) return leave(ST_VER_MISMATCH);
  modules->numStatuses = 10;
  for (int id = 0; id < 10; id++) {
    struct line *line = script_find(&engine->script, "module", id, ANY, ANY);
    modules->statuses[id] = (dcgmModuleGetStatusesModule_t){id, line ? line->n[1] : 3};
  }
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmProfGetSupportedMetricGroups(dcgmHandle_t handle, dcgmProfGetMetricGroups_v3 *groups) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmProfGetSupportedMetricGroups", handle, &engine);
  if (result != ST_OK) return result;
  if (groups->version != dcgmProfGetMetricGroups_version3) return leave(ST_VER_MISMATCH);
  groups->numMetricGroups = 0;
  for (int i = 0; i < engine->script.count && groups->numMetricGroups < 10; i++) {
    struct line *line = &engine->script.lines[i];
    if (strcmp(line->word, "profiling") != 0 || (unsigned)line->n[0] != groups->gpuId) continue;
    dcgmProfMetricGroupInfo_v2 *group = &groups->metricGroups[groups->numMetricGroups++];
    group->majorId = (unsigned short)line->n[1];
    group->minorId = (unsigned short)line->n[2];
    group->numFieldIds = (unsigned)line->count - 3;
    for (unsigned f = 0; f < group->numFieldIds; f++) group->fieldIds[f] = (unsigned short)line->n[3 + f];
  }
  return leave(groups->numMetricGroups ? ST_OK : -36);
}

EXPORT dcgmReturn_t dcgmProfPause(dcgmHandle_t handle) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmProfPause", handle, &engine);
  if (result != ST_OK) return result;
  engine->profiling_paused = 1;
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmProfResume(dcgmHandle_t handle) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmProfResume", handle, &engine);
  if (result != ST_OK) return result;
  engine->profiling_paused = 0;
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmHealthSet(dcgmHandle_t handle, dcgmGpuGrp_t group, unsigned systems) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmHealthSet", handle, &engine);
  if (result != ST_OK) return result;
  if (group_of(engine, group) == NULL) return leave(ST_NOT_CONFIGURED);
  engine->health_on = systems != 0;
  return leave(ST_OK);
}

#if LIBRARY_MAJOR >= 4
typedef dcgmHealthResponse_v5 health_response;
enum { health_version = dcgmHealthResponse_version5, MOST_INCIDENTS = 1024 };
#else
typedef dcgmHealthResponse_v4 health_response;
enum { health_version = dcgmHealthResponse_version4, MOST_INCIDENTS = 64 };
#endif

EXPORT dcgmReturn_t dcgmHealthCheck(dcgmHandle_t handle, dcgmGpuGrp_t group_id, health_response *response) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmHealthCheck", handle, &engine);
  if (result != ST_OK) return result;
  if (response->version != health_version) return leave(ST_VER_MISMATCH);
  struct group *group = group_of(engine, group_id);
  if (group == NULL || !engine->health_on) return leave(ST_NOT_CONFIGURED);
  /* On the stack, as a library may: whoever calls must bring one of the size that threads have. */
  health_response found;
  memset(&found, 0, sizeof found);
  for (int i = 0; i < engine->script.count && found.incidentCount < MOST_INCIDENTS; i++) {
    struct line *line = &engine->script.lines[i];
    if (strcmp(line->word, "incident") != 0) continue;
    dcgmIncidentInfo_t *incident = &found.incidents[found.incidentCount++];
    incident->entityInfo = (dcgmGroupEntityPair_t){line->n[0], (unsigned)line->n[1]};
    incident->system = (unsigned)line->n[2];
    incident->health = (unsigned)line->n[3];
    incident->error.code = (unsigned)line->n[4];
    snprintf(incident->error.msg, 1024, "%s", line->text[0]);
    if (incident->health > found.overallHealth) found.overallHealth = incident->health;
  }
  found.version = health_version;
  *response = found;
  return leave(ST_OK);
}
