#define _GNU_SOURCE
#include "engine.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ENGINES = 256, MOST_CONNECTIONS = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct engine *engines[MOST_ENGINES];
static int engine_count;
static struct connection connections[MOST_CONNECTIONS];
static int connection_count;
static dcgmHandle_t next_handle = 1;
int initialised;

void sleep_ms(int ms) {
  struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

long long now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* Tests that count calls make the file `journal`; without it nothing is written. */
static void note(const char *call) {
  char path[600], line[128];
  snprintf(path, sizeof path, "%s/journal", getenv("DCGM_DOUBLE_DIR") ? getenv("DCGM_DOUBLE_DIR") : ".");
  int file = open(path, O_WRONLY | O_APPEND);
  if (file < 0) return;
  int length = snprintf(line, sizeof line, "%s\n", call);
  if (write(file, line, (size_t)length) != length) abort();
  close(file);
}

struct engine *engine_at(const char *address) {
  char path[512];
  snprintf(path, sizeof path, "%s/", getenv("DCGM_DOUBLE_DIR") ? getenv("DCGM_DOUBLE_DIR") : ".");
  size_t start = strlen(path);
  snprintf(path + start, sizeof path - start, "%s", address);
  for (char *at = path + start; *at; at++)
    if (*at == '/') *at = '_';
  for (int i = 0; i < engine_count; i++)
    if (strcmp(engines[i]->script.path, path) == 0) return engines[i];
  if (engine_count == MOST_ENGINES) abort();
  struct engine *engine = calloc(1, sizeof *engine);
  snprintf(engine->script.path, sizeof engine->script.path, "%s", path);
  engine->next_id = 10;
  return engines[engine_count++] = engine;
}

/* A restarted engine knows nothing of its groups and watches. */
static void refresh(struct engine *engine) {
  script_refresh(&engine->script);
  if (engine->generation == engine->script.generation) return;
  engine->generation = engine->script.generation;
  engine->group_count = engine->field_group_count = engine->watch_count = engine->health_on = engine->profiling_paused = 0;
}

/* Waits until the script no longer says that the call hangs; the lock is held before and after, not meanwhile. */
static dcgmReturn_t obstacles(const char *call, struct engine *engine) {
  refresh(engine);
  if (script_call(&engine->script, "crash", call)) _exit(139);
  long long start = now_us();
  for (;;) {
    struct line *hang = script_call(&engine->script, "hang", call);
    long long waited = (now_us() - start) / 1000;
    int connecting = strcmp(call, "dcgmConnect_v2") == 0;
    int stopped = engine->script.state == ENGINE_STOPPED;
    if (hang == NULL && !stopped) break;
    if (hang != NULL && waited >= hang->n[0]) break;
    /* Connecting makes two requests, and what it returns is the result of taking the connection down again. */
    if (hang == NULL && waited >= (long long)engine->script.request_timeout_ms * (connecting ? 2 : 1)) return connecting ? ST_OK : ST_TIMEOUT;
    pthread_mutex_unlock(&lock);
    sleep_ms(2);
    pthread_mutex_lock(&lock);
    refresh(engine);
  }
  struct line *fail = script_call(&engine->script, "fail", call);
  return fail ? fail->n[0] : ST_OK;
}

dcgmReturn_t enter_address(const char *call, const char *address, struct engine **engine) {
  pthread_mutex_lock(&lock);
  note(call);
  *engine = engine_at(address);
  dcgmReturn_t result = obstacles(call, *engine);
  return result == ST_OK ? ST_OK : leave(result);
}

dcgmReturn_t enter(const char *call, dcgmHandle_t handle, struct engine **engine) {
  pthread_mutex_lock(&lock);
  note(call);
  struct connection *connection = connection_of(handle);
  if (connection == NULL || connection->dead) return leave(ST_CONNECTION_NOT_VALID);
  *engine = connection->engine;
  dcgmReturn_t result = obstacles(call, *engine);
  connection = connection_of(handle);
  if (connection == NULL || (*engine)->script.state == ENGINE_DOWN || connection->generation != (*engine)->generation) result = ST_CONNECTION_NOT_VALID;
  return result == ST_OK ? ST_OK : leave(result);
}

dcgmReturn_t leave(dcgmReturn_t result) {
  pthread_mutex_unlock(&lock);
  return result;
}

struct connection *connection_add(struct engine *engine, int dead) {
  if (connection_count == MOST_CONNECTIONS) abort();
  connections[connection_count] = (struct connection){next_handle++, engine, engine->generation, dead};
  return &connections[connection_count++];
}

struct connection *connection_of(dcgmHandle_t handle) {
  for (int i = 0; i < connection_count; i++)
    if (connections[i].handle == handle) return &connections[i];
  return NULL;
}

void connection_remove(dcgmHandle_t handle) {
  for (int i = 0; i < connection_count; i++)
    if (connections[i].handle == handle) connections[i] = connections[--connection_count];
}

void connections_clear(void) {
  connection_count = 0;
}

int entity_exists(struct engine *engine, int group, unsigned id) {
  const char *word = group == FE_GPU ? "gpu" : group == FE_GPU_I ? "gi" : group == FE_GPU_CI ? "ci" : NULL;
  if (word != NULL) return script_find(&engine->script, word, (int)id, ANY, ANY) != NULL;
  return script_find(&engine->script, "entity", group, (int)id, ANY) != NULL;
}

int field_known(struct engine *engine, int field) {
  return field > 0 && field < 1700 && script_find(&engine->script, "unknown", field, ANY, ANY) == NULL;
}

struct group *group_of(struct engine *engine, dcgmGpuGrp_t id) {
  for (int i = 0; i < engine->group_count; i++)
    if (engine->groups[i].id == (int)id) return &engine->groups[i];
  return NULL;
}

struct field_group *field_group_of(struct engine *engine, dcgmFieldGrp_t id) {
  for (int i = 0; i < engine->field_group_count; i++)
    if (engine->field_groups[i].id == (int)id) return &engine->field_groups[i];
  return NULL;
}

int is_watched(struct engine *engine, int group, unsigned id, int field) {
  for (int w = 0; w < engine->watch_count; w++) {
    struct group *members = group_of(engine, (dcgmGpuGrp_t)engine->watches[w].group);
    struct field_group *fields = field_group_of(engine, (dcgmFieldGrp_t)engine->watches[w].field_group);
    if (members == NULL || fields == NULL) continue;
    int member = 0, listed = 0;
    for (int i = 0; i < members->count && !member; i++) member = members->members[i].entityGroupId == group && members->members[i].entityId == id;
    for (int i = 0; i < fields->count && !listed; i++) listed = fields->fields[i] == field;
    if (member && listed) return 1;
  }
  return 0;
}
