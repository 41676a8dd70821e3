/* What a field of an entity says, by the script or by a rule of thumb. */
#include "engine.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *blank_texts[] = {"<<<NULL>>>", "<<<NOT_FOUND>>>", "<<<NOT_SUPPORTED>>>", "<<<NOT_PERM>>>"};
static const char *blank_words[] = {"blank", "not_found", "not_supported", "no_permission"};

static int type_of(struct engine *engine, int field) {
  struct line *line = script_find(&engine->script, "type", field, ANY, ANY);
  if (line != NULL) return line->text[0][0];
  if (field >= 1001 && field < 1100) return 'd';
  if (field == 155 || field == 158 || field == 160) return 'd';
  if (field >= 50 && field <= 57) return 's';
  return 'i';
}

static void set_blank(int type, int kind, field_value *value) {
  if (type == 'd') value->dbl = 140737488355328.0 + kind;
  else if (type == 's') snprintf(value->str, sizeof value->str, "%s", blank_texts[kind]);
  else if (type == 'b') value->blob[0] = 0;
  else value->i64 = 0x7ffffffffffffff0LL + kind;
}

void sample(struct engine *engine, int group, unsigned id, int field, int watched, unsigned short *type, int *status,
            int64_t *ts, field_value *value) {
  struct script *script = &engine->script;
  if (script->plain) {
    *type = field & 1 ? 'd' : 'i';
    *status = ST_OK;
    *ts = script->time_us;
    if (field & 1) value->dbl = field + id / 8.0;
    else value->i64 = field * 1000LL + id;
    return;
  }
  *type = (unsigned short)type_of(engine, field);
  *status = ST_OK;
  *ts = script->time_us ? script->time_us : now_us();
  struct line *refusal = script_find(script, "status", group, (int)id, field);
  if (!watched) *status = ST_NOT_WATCHED;
  else if (refusal != NULL) *status = refusal->n[3];
  if (*status != ST_OK) {
    *ts = 0;
    set_blank(*type, 0, value);
    return;
  }
  struct line *line = script_find(script, "value", group, (int)id, field);
  if (line == NULL) {
    if (*type == 'd') value->dbl = field + id / 8.0;
    else if (*type == 's') snprintf(value->str, sizeof value->str, "text %d of %u", field, id);
    else if (*type == 'b') memset(value->blob, field & 0xff, 16);
    else value->i64 = field * 1000LL + id;
    return;
  }
  for (int kind = 0; kind < 4; kind++)
    if (strcmp(line->text[0], blank_words[kind]) == 0) {
      set_blank(*type, kind, value);
      return;
    }
  if (*type == 'd') value->dbl = strtod(line->text[0], NULL);
  else if (*type == 's') snprintf(value->str, sizeof value->str, "%s", line->text[0]);
  else if (*type == 'b') memcpy(value->blob, line->text[0], strlen(line->text[0]) + 1);
  else value->i64 = strtoll(line->text[0], NULL, 10);
}
