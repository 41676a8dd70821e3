/* The entry points of libdcgm that deal with connections, groups, watches and values. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* The generation of a release's questions: see LIBRARY_DIALECT. */
static int dialect_of(const char *version) {
  int major = 4, minor = 6;
  sscanf(version, "%d.%d", &major, &minor);
  return major < 4 ? 2 : minor < 6 ? 3 : 4;
}

EXPORT dcgmReturn_t dcgmInit(void) {
  struct engine *engine;
  dcgmReturn_t result = enter_address("dcgmInit", "process", &engine);
  if (result != ST_OK) return result;
  initialised = 1;
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmShutdown(void) {
  struct engine *engine;
  dcgmReturn_t result = enter_address("dcgmShutdown", "process", &engine);
  if (result != ST_OK) return result;
  initialised = 0;
  connections_clear();
  return leave(ST_OK);
}

EXPORT const char *errorString(dcgmReturn_t status) {
  return status == ST_OK ? "Success" : NULL;
}

static void describe(dcgmVersionInfo_v2 *info, const char *version) {
  snprintf(info->rawBuildInfoString, sizeof info->rawBuildInfoString, "version:%s;arch:x86_64;buildtype:Release;builddate:double", version);
}

EXPORT dcgmReturn_t dcgmVersionInfo(dcgmVersionInfo_v2 *info) {
  if (info->version != dcgmVersionInfo_version2) return ST_VER_MISMATCH;
  describe(info, LIBRARY_VERSION);
  return ST_OK;
}

EXPORT dcgmReturn_t dcgmHostengineVersionInfo(dcgmHandle_t handle, dcgmVersionInfo_v2 *info) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmHostengineVersionInfo", handle, &engine);
  if (result != ST_OK) return result;
  if (info->version != dcgmVersionInfo_version2) return leave(ST_VER_MISMATCH);
  describe(info, engine->script.version[0] ? engine->script.version : LIBRARY_VERSION);
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmConnect_v2(const char *address, dcgmConnectV2Params_v2 *params, dcgmHandle_t *handle) {
  if (!initialised) return ST_UNINITIALIZED;
  if (params->version != dcgmConnectV2Params_version2) return ST_VER_MISMATCH;
  struct engine *engine;
  *handle = 0xdead; /* written on failure too */
  dcgmReturn_t result = enter_address("dcgmConnect_v2", address, &engine);
  if (result != ST_OK) return result;
  int was_stopped = engine->script.state == ENGINE_STOPPED;
  int timeout = params->timeoutMs ? (int)params->timeoutMs : 5000;
  for (int waited = 0; engine->script.state == ENGINE_DOWN; waited += 5) {
    leave(ST_OK);
    if (waited >= timeout) return ST_CONNECTION_NOT_VALID;
    sleep_ms(5);
    result = enter_address("retry", address, &engine);
    if (result != ST_OK) return result;
  }
  *handle = connection_add(engine, was_stopped || engine->script.state == ENGINE_DEAF)->handle;
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmDisconnect(dcgmHandle_t handle) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmDisconnect", handle, &engine);
  if (result != ST_OK) return ST_OK;
  connection_remove(handle);
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmStartEmbedded_v2(dcgmStartEmbeddedV2Params_v2 *params) {
  if (!initialised) return ST_UNINITIALIZED;
  if (params->version != dcgmStartEmbeddedV2Params_version2) return ST_VER_MISMATCH;
  struct engine *engine;
  dcgmReturn_t result = enter_address("dcgmStartEmbedded_v2", "embedded", &engine);
  if (result != ST_OK) return result;
  if (engine->script.state == ENGINE_DOWN) return leave(-7);
  connection_add(engine, 0)->handle = EMBEDDED_HANDLE;
  params->dcgmHandle = EMBEDDED_HANDLE;
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmStopEmbedded(dcgmHandle_t handle) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmStopEmbedded", handle, &engine);
  if (result != ST_OK) return result;
  connection_remove(handle);
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmGroupCreate(dcgmHandle_t handle, int type, const char *name, dcgmGpuGrp_t *id) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGroupCreate", handle, &engine);
  if (result != ST_OK) return result;
  if (type != 1 || name == NULL) return leave(ST_BADPARAM);
  if (engine->group_count == MOST_GROUPS - 4) return leave(ST_MAX_LIMIT);
  struct group *group = &engine->groups[engine->group_count++];
  group->count = 0;
  *id = (dcgmGpuGrp_t)(group->id = engine->next_id++);
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmGroupDestroy(dcgmHandle_t handle, dcgmGpuGrp_t id) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGroupDestroy", handle, &engine);
  if (result != ST_OK) return result;
  struct group *group = group_of(engine, id);
  if (group == NULL) return leave(ST_NOT_CONFIGURED);
  *group = engine->groups[--engine->group_count];
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmGroupAddEntity(dcgmHandle_t handle, dcgmGpuGrp_t id, int entity_group, unsigned entity) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGroupAddEntity", handle, &engine);
  if (result != ST_OK) return result;
  struct group *group = group_of(engine, id);
  if (group == NULL) return leave(ST_NOT_CONFIGURED);
  if (!entity_exists(engine, entity_group, entity)) return leave(ST_BADPARAM);
  if (group->count == MOST_ENTITIES) return leave(ST_MAX_LIMIT);
  group->members[group->count++] = (dcgmGroupEntityPair_t){entity_group, entity};
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmFieldGroupCreate(dcgmHandle_t handle, int count, const unsigned short *fields, const char *name, dcgmFieldGrp_t *id) {
  struct engine *engine;
  *id = 0;
  dcgmReturn_t result = enter("dcgmFieldGroupCreate", handle, &engine);
  if (result != ST_OK) return result;
  if (count < 1 || count >= MOST_FIELDS) return leave(ST_BADPARAM);
  for (int i = 0; i < count; i++)
    if (!field_known(engine, fields[i])) return leave(ST_BADPARAM);
  for (int i = 0; i < engine->field_group_count; i++)
    if (strcmp(engine->field_groups[i].name, name) == 0) return leave(ST_DUPLICATE_KEY);
  if (engine->field_group_count == MOST_GROUPS - 4) return leave(ST_MAX_LIMIT);
  struct field_group *group = &engine->field_groups[engine->field_group_count++];
  snprintf(group->name, sizeof group->name, "%s", name);
  memcpy(group->fields, fields, (size_t)count * sizeof *fields);
  group->count = count;
  *id = (dcgmFieldGrp_t)(group->id = engine->next_id++);
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmFieldGroupDestroy(dcgmHandle_t handle, dcgmFieldGrp_t id) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmFieldGroupDestroy", handle, &engine);
  if (result != ST_OK) return result;
  struct field_group *group = field_group_of(engine, id);
  if (group == NULL) return leave(ST_NO_DATA);
  *group = engine->field_groups[--engine->field_group_count];
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmWatchFields(dcgmHandle_t handle, dcgmGpuGrp_t group, dcgmFieldGrp_t fields, long long every_us, double keep_s, int keep) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmWatchFields", handle, &engine);
  if (result != ST_OK) return result;
  if (group_of(engine, group) == NULL) return leave(ST_NOT_CONFIGURED);
  if (field_group_of(engine, fields) == NULL) return leave(ST_NO_DATA);
  if (every_us <= 0 || keep_s <= 0 || keep < 0) return leave(ST_BADPARAM);
  if (engine->watch_count == MOST_GROUPS) return leave(ST_MAX_LIMIT);
  engine->watches[engine->watch_count++] = (struct watch){(int)group, (int)fields};
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmUnwatchFields(dcgmHandle_t handle, dcgmGpuGrp_t group, dcgmFieldGrp_t fields) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmUnwatchFields", handle, &engine);
  if (result != ST_OK) return result;
  for (int i = 0; i < engine->watch_count; i++)
    if (engine->watches[i].group == (int)group && engine->watches[i].field_group == (int)fields) engine->watches[i] = engine->watches[--engine->watch_count];
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmUpdateAllFields(dcgmHandle_t handle, int wait) {
  struct engine *engine;
  (void)wait;
  dcgmReturn_t result = enter("dcgmUpdateAllFields", handle, &engine);
  return result == ST_OK ? leave(ST_OK) : result;
}

EXPORT dcgmReturn_t dcgmEntitiesGetLatestValues(dcgmHandle_t handle, dcgmGroupEntityPair_t *entities, unsigned entity_count,
                                                unsigned short *fields, unsigned field_count, unsigned flags, dcgmFieldValue_v2 *values) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmEntitiesGetLatestValues", handle, &engine);
  if (result != ST_OK) return result;
  if (engine->script.version[0] && LIBRARY_DIALECT > dialect_of(engine->script.version)) return leave(ST_FUNCTION_NOT_FOUND);
  if (entity_count > MOST_ENTITIES || field_count > MOST_FIELDS) return leave(ST_BADPARAM);
  for (unsigned f = 0; f < field_count; f++)
    if (!field_known(engine, fields[f])) return leave(ST_GENERIC_ERROR);
  int live = flags & 1;
  /* Field by field and backwards: the order of the rows is nobody's to rely on. */
  dcgmFieldValue_v2 *row = values;
  for (unsigned f = field_count; f-- > 0;)
    for (unsigned e = 0; e < entity_count; e++, row++) {
      int group = entities[e].entityGroupId;
      unsigned id = entities[e].entityId;
      int plain = engine->script.plain, exists = plain || entity_exists(engine, group, id);
      if (live && !exists) return leave(ST_BADPARAM);
      row->version = dcgmFieldValue_version2;
      row->entityGroupId = group;
      row->entityId = id;
      row->fieldId = fields[f];
      sample(engine, group, id, fields[f], exists && (live || plain || is_watched(engine, group, id, fields[f])), &row->fieldType, &row->status, &row->ts, &row->value);
    }
  return leave(ST_OK);
}

/* The receiver does not use it; the benchmark shows what callbacks cost. */
EXPORT dcgmReturn_t dcgmGetLatestValues_v2(dcgmHandle_t handle, dcgmGpuGrp_t group_id, dcgmFieldGrp_t fields_id, entity_enumeration each, void *user) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetLatestValues_v2", handle, &engine);
  if (result != ST_OK) return result;
  struct group *group = group_of(engine, group_id);
  struct field_group *fields = field_group_of(engine, fields_id);
  if (group == NULL) return leave(ST_NOT_CONFIGURED);
  if (fields == NULL) return leave(ST_NO_DATA);
  dcgmFieldValue_v1 row = {.version = dcgmFieldValue_version1};
  for (int e = 0; e < group->count; e++)
    for (int f = 0; f < fields->count; f++) {
      dcgmGroupEntityPair_t *member = &group->members[e];
      row.fieldId = fields->fields[f];
      sample(engine, member->entityGroupId, member->entityId, row.fieldId, 1, &row.fieldType, &row.status, &row.ts, &row.value);
      each(member->entityGroupId, member->entityId, &row, 1, user);
    }
  return leave(ST_OK);
}

EXPORT dcgmReturn_t dcgmGetValuesSince_v2(dcgmHandle_t handle, dcgmGpuGrp_t group_id, dcgmFieldGrp_t fields_id, long long since,
                                          long long *next, entity_enumeration each, void *user) {
  struct engine *engine;
  dcgmReturn_t result = enter("dcgmGetValuesSince_v2", handle, &engine);
  if (result != ST_OK) return result;
  struct group *group = group_of(engine, group_id);
  struct field_group *fields = field_group_of(engine, fields_id);
  if (group == NULL) return leave(ST_NOT_CONFIGURED);
  if (fields == NULL) return leave(ST_NO_DATA);
  /* Copied out, since callbacks run without the lock: they may call back. */
  enum { MOST_EVENTS = 1024 };
  struct { int group; unsigned id; dcgmFieldValue_v1 value; } *found = malloc(MOST_EVENTS * sizeof *found);
  int count = 0;
  long long end = now_us();
  for (int e = 0; e < group->count; e++)
    for (int f = 0; f < fields->count; f++) {
      struct line *refusal = script_find(&engine->script, "status", group->members[e].entityGroupId, (int)group->members[e].entityId, fields->fields[f]);
      if (refusal != NULL && refusal->n[3] != ST_NO_DATA) {
        free(found);
        return leave(refusal->n[3]);
      }
      int before = count;
      for (int i = 0; i < engine->script.count && count < MOST_EVENTS; i++) {
        struct line *line = &engine->script.lines[i];
        if (strcmp(line->word, "event") != 0 || line->n[0] != group->members[e].entityGroupId || line->n[1] != (int)group->members[e].entityId || line->n[2] != fields->fields[f] || line->wide < since || line->wide > end) continue;
        found[count].group = line->n[0];
        found[count].id = (unsigned)line->n[1];
        found[count].value = (dcgmFieldValue_v1){.version = dcgmFieldValue_version1, .fieldId = fields->fields[f], .fieldType = 'i', .ts = line->wide, .value.i64 = line->n[3]};
        count++;
      }
      if (count == before && count < MOST_EVENTS) {
        found[count].group = group->members[e].entityGroupId;
        found[count].id = group->members[e].entityId;
        found[count].value = (dcgmFieldValue_v1){.version = dcgmFieldValue_version1, .fieldId = fields->fields[f], .fieldType = 'i', .status = ST_NO_DATA, .value.i64 = 0x7ffffffffffffff0LL};
        count++;
      }
    }
  *next = end + 1;
  leave(ST_OK);
  static __thread dcgmFieldValue_v1 reused;
  for (int i = 0; i < count; i++) {
    reused = found[i].value;
    if (each(found[i].group, found[i].id, &reused, 1, user) != 0) break;
  }
  free(found);
  return ST_OK;
}
