/* How a failure crosses the border. */
#include <stdio.h>
#include <stdlib.h>

#include "shim_internal.h"

typedef char error_size_is_as_promised[sizeof(wombat_error) == WOMBAT_SHIM_ERROR_SIZE ? 1 : -1];

/* A failure is the negative address of a copy of its wombat_error: no status is as low as an address. Without memory
 * for the copy it is WOMBAT_NO_MEMORY itself. */
int64_t wombat_shim_failure(const wombat_error* error) {
  wombat_error* copy = (wombat_error*)malloc(sizeof *copy);
  if (copy == NULL) return WOMBAT_NO_MEMORY;
  *copy = *error;
  return -(int64_t)(intptr_t)copy;
}

void wombat_shim_take_error(int64_t failure, void* error) {
  wombat_error* copy;
  if (failure == WOMBAT_NO_MEMORY) {
    wombat_error short_one;
    memset(&short_one, 0, sizeof short_one);
    short_one.status = WOMBAT_NO_MEMORY;
    short_one.retryable = 1;
    snprintf(short_one.message, sizeof short_one.message, "no memory, not even to say for what");
    memcpy(error, &short_one, sizeof short_one);
    return;
  }
  copy = (wombat_error*)(intptr_t)-failure;
  memcpy(error, copy, sizeof *copy);
  free(copy);
}
