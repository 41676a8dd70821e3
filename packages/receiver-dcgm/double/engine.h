/* The engines of the double: one per address, shared by all connections of the process, as a host engine would be. */
#ifndef DOUBLE_ENGINE_H
#define DOUBLE_ENGINE_H

#include "script.h"
#include "structs.h"

#ifndef LIBRARY_VERSION
#define LIBRARY_VERSION "4.6.0"
#endif
#ifndef LIBRARY_MAJOR
#define LIBRARY_MAJOR 4
#endif
/* Which generation of the question for latest values this library asks with: 3.x 2, 4.0 to 4.5 3, 4.6 4. */
#ifndef LIBRARY_DIALECT
#define LIBRARY_DIALECT 4
#endif

enum { MOST_ENTITIES = 1024, MOST_FIELDS = 128, MOST_GROUPS = 64, EMBEDDED_HANDLE = 0x7fffffff };

struct group { int id, count; dcgmGroupEntityPair_t members[MOST_ENTITIES]; };
struct field_group { int id, count; char name[256]; unsigned short fields[MOST_FIELDS]; };
struct watch { int group, field_group; };

struct engine {
  struct script script;
  struct group groups[MOST_GROUPS];
  struct field_group field_groups[MOST_GROUPS];
  struct watch watches[MOST_GROUPS];
  int group_count, field_group_count, watch_count, next_id, generation;
  int health_on, profiling_paused;
};

struct connection { dcgmHandle_t handle; struct engine *engine; int generation, dead; };

/* The engine at an address; made at the first call for it. */
struct engine *engine_at(const char *address);
/*
 * Begins a call: writes it to the journal, crashes or hangs as told, and finds the connection. On 0 the lock is held and
 * must be given back with `leave`.
 */
dcgmReturn_t enter(const char *call, dcgmHandle_t handle, struct engine **engine);
dcgmReturn_t leave(dcgmReturn_t result);
/* The same for calls without a connection; `address` names the engine whose script counts, or is NULL. */
dcgmReturn_t enter_address(const char *call, const char *address, struct engine **engine);
void sleep_ms(int ms);

struct connection *connection_add(struct engine *engine, int dead);
struct connection *connection_of(dcgmHandle_t handle);
void connection_remove(dcgmHandle_t handle);
void connections_clear(void);
extern int initialised;

int entity_exists(struct engine *engine, int group, unsigned id);
int field_known(struct engine *engine, int field);
int is_watched(struct engine *engine, int group, unsigned id, int field);
struct group *group_of(struct engine *engine, dcgmGpuGrp_t id);
struct field_group *field_group_of(struct engine *engine, dcgmFieldGrp_t id);
/* Fills type, status, time and value of a sample. */
void sample(struct engine *engine, int group, unsigned id, int field, int watched, unsigned short *type, int *status,
            int64_t *ts, field_value *value);
long long now_us(void);

#endif
