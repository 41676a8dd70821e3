/*
 * What an engine is told to be. Tests write it to a file that bears the engine's address as its name, in the folder
 * DCGM_DOUBLE_DIR; it is read anew before each call once it has changed. One thing per line:
 *
 *   engine up|down|stopped|deaf GENERATION   stopped: nobody answers (SIGSTOP). deaf: connects, and the handle is dead.
 *                                            A new generation is a restart: handles of the old one are no longer valid.
 *   version 4.6.0                            of the engine; the library's own is compiled in
 *   request-timeout MS                       the 60 s after which a request gives up
 *   gpu ID UUID BUS SERIAL STATE MIG         STATE as DcgmEntityStatus_t, MIG 0 or 1
 *   gi ID GPU INSTANCE PROFILE SLICES        a GPU instance
 *   ci ID GI INSTANCE CI PROFILE SLICES      a compute instance
 *   entity GROUP ID                          a link, switch, CPU or core
 *   core ID CPU                              which CPU owns a core
 *   unknown FIELD                            a field that this engine does not know
 *   type FIELD i|d|s|b
 *   value GROUP ID FIELD TEXT                `*` is any; the last line that fits wins. TEXT by type: a number, blank,
 *                                            not_found, not_supported, no_permission, nan, or the text itself
 *   status GROUP ID FIELD STATUS             a row without a sample
 *   time US                                  of all samples; 0 or no line: now
 *   event GROUP ID FIELD US VALUE            a sample of an int64 field that only values-since sees
 *   fail CALL STATUS                         the call answers so
 *   hang CALL MS                             it comes back after that time, or when the line is gone
 *   crash CALL                               the process dies in it
 *   incident GROUP ID SYSTEM RESULT CODE TEXT
 *   profiling GPU MAJOR MINOR FIELD FIELD …
 *   module ID STATUS
 *   plain                                    samples are made of their ids, and nothing above is looked up for them
 */
#ifndef DOUBLE_SCRIPT_H
#define DOUBLE_SCRIPT_H

#include <stdint.h>
#include <sys/stat.h>

enum { ANY = -1, MOST = 4096 };
enum engine_state { ENGINE_UP, ENGINE_DOWN, ENGINE_STOPPED, ENGINE_DEAF };

struct line {
  char word[16];
  int n[64];
  int count;
  long long wide;
  char text[5][300];
};

struct script {
  char path[512];
  struct timespec read_at;
  ino_t inode;
  enum engine_state state;
  int generation;
  char version[32];
  int request_timeout_ms;
  long long time_us;
  int plain;
  struct line *lines;
  int count;
};

/* Reads the file again if it is another than last time; a missing one is an engine that is down. */
void script_refresh(struct script *script);
/* The last line with this word and these first numbers, or 0. */
struct line *script_find(struct script *script, const char *word, int a, int b, int c);
/* The line for a call, or 0. */
struct line *script_call(struct script *script, const char *word, const char *call);

#endif
