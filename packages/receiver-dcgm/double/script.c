#define _GNU_SOURCE
#include "script.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number(const char *word) {
  if (word == NULL) return 0;
  return strcmp(word, "*") == 0 ? ANY : atoi(word);
}

static void parse(struct script *script, char *text) {
  struct line *line = &script->lines[script->count];
  memset(line, 0, sizeof *line);
  char *rest = text, *word = strtok_r(rest, " ", &rest);
  if (word == NULL || word[0] == '#') return;
  snprintf(line->word, sizeof line->word, "%s", word);
  if (strcmp(word, "engine") == 0) {
    char *state = strtok_r(rest, " ", &rest);
    if (state == NULL) state = "down";
    script->state = strcmp(state, "up") == 0        ? ENGINE_UP
                    : strcmp(state, "stopped") == 0 ? ENGINE_STOPPED
                    : strcmp(state, "deaf") == 0    ? ENGINE_DEAF
                                                    : ENGINE_DOWN;
    script->generation = number(strtok_r(rest, " ", &rest));
  } else if (strcmp(word, "version") == 0) {
    char *version = strtok_r(rest, " ", &rest);
    snprintf(script->version, sizeof script->version, "%s", version ? version : "");
  } else if (strcmp(word, "request-timeout") == 0) {
    script->request_timeout_ms = number(rest);
  } else if (strcmp(word, "plain") == 0) {
    script->plain = 1;
  } else if (strcmp(word, "time") == 0) {
    script->time_us = atoll(rest);
  } else {
    int numbers = 0, texts = 0;
    if (strcmp(word, "value") == 0) {
      for (int i = 0; i < 3; i++) line->n[numbers++] = number(strtok_r(rest, " ", &rest));
      snprintf(line->text[texts++], sizeof line->text[0], "%s", rest);
    } else if (strcmp(word, "event") == 0) {
      for (int i = 0; i < 3; i++) line->n[numbers++] = number(strtok_r(rest, " ", &rest));
      char *time = strtok_r(rest, " ", &rest);
      line->wide = time ? atoll(time) : 0;
      line->n[numbers++] = number(rest);
    } else if (strcmp(word, "incident") == 0) {
      for (int i = 0; i < 5; i++) line->n[numbers++] = number(strtok_r(rest, " ", &rest));
      snprintf(line->text[texts++], sizeof line->text[0], "%s", rest);
    } else {
      while ((word = strtok_r(rest, " ", &rest)) != NULL) {
        char *end;
        long value = strtol(word, &end, 10);
        if (*end == 0 && numbers < 64) line->n[numbers++] = (int)value;
        else if (strcmp(word, "*") == 0) line->n[numbers++] = ANY;
        else if (texts < 5) snprintf(line->text[texts++], sizeof line->text[0], "%s", word);
      }
    }
    line->count = numbers;
    if (script->count < MOST - 1) script->count++;
  }
}

void script_refresh(struct script *script) {
  struct stat now;
  if (stat(script->path, &now) != 0) {
    /* Whoever waits for a line to go is let go with the file. */
    script->state = ENGINE_DOWN;
    script->inode = 0;
    script->count = 0;
    return;
  }
  if (script->inode == now.st_ino && script->read_at.tv_sec == now.st_mtim.tv_sec && script->read_at.tv_nsec == now.st_mtim.tv_nsec) return;
  FILE *file = fopen(script->path, "r");
  if (file == NULL) return;
  script->inode = now.st_ino;
  script->read_at = now.st_mtim;
  script->state = ENGINE_DOWN;
  script->generation = 0;
  script->request_timeout_ms = 60000;
  script->time_us = 0;
  script->plain = 0;
  script->count = 0;
  if (script->lines == NULL) script->lines = calloc(MOST, sizeof *script->lines);
  char text[1024];
  while (fgets(text, sizeof text, file) != NULL) {
    text[strcspn(text, "\n")] = 0;
    parse(script, text);
  }
  fclose(file);
}

struct line *script_find(struct script *script, const char *word, int a, int b, int c) {
  for (int i = script->count - 1; i >= 0; i--) {
    struct line *line = &script->lines[i];
    if (strcmp(line->word, word) != 0) continue;
    if ((line->n[0] == ANY || line->n[0] == a) && (b == ANY || line->n[1] == ANY || line->n[1] == b) &&
        (c == ANY || line->n[2] == ANY || line->n[2] == c))
      return line;
  }
  return NULL;
}

struct line *script_call(struct script *script, const char *word, const char *call) {
  for (int i = 0; i < script->count; i++)
    if (strcmp(script->lines[i].word, word) == 0 && strcmp(script->lines[i].text[0], call) == 0) return &script->lines[i];
  return NULL;
}
