/* For tests that fork: the libraries of the sanitizers (of GCC 12) have locks that a fork does not look after. When
 * another thread allocates at that moment the child waits for ever for its lock. C, and C++. */
#ifndef WOMBAT_TESTS_SLEEPING_THREADS_H
#define WOMBAT_TESTS_SLEEPING_THREADS_H

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Whether every thread of the process sleeps but `me`, the thread id of the caller. */
static inline int other_threads_sleep(long me) {
  int all_sleep = 1;
  struct dirent* entry = NULL;
  DIR* threads = opendir("/proc/self/task");
  if (threads == NULL) return 1;
  while ((entry = readdir(threads)) != NULL) {
    char path[300];
    char line[512];
    FILE* file = NULL;
    const char* behind_name = NULL;
    long thread = 0;
    if (sscanf(entry->d_name, "%ld", &thread) != 1 || thread == me) continue;
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread);
    file = fopen(path, "r");
    if (file == NULL) continue; /* it has ended */
    if (fgets(line, sizeof line, file) != NULL && (behind_name = strrchr(line, ')')) != NULL)
      all_sleep = all_sleep && behind_name[1] == ' ' && behind_name[2] == 'S';
    fclose(file);
  }
  closedir(threads);
  return all_sleep;
}

/* Called by the first thread of a process, before it forks. Without a sanitizer threads may do what they like. */
static inline void let_other_threads_sleep(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const struct timespec moment = {0, 2000000};
  int looks = 0;
  while (looks < 5) {
    looks = other_threads_sleep((long)getpid()) ? looks + 1 : 0;
    nanosleep(&moment, NULL);
  }
#endif
}

#endif
