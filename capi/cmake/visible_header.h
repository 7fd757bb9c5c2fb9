/* Put before every source of capi by the build: the functions of wombat.h, and nothing else, are visible outside the library. */
#pragma GCC visibility push(default)
#include "wombat.h"
#pragma GCC visibility pop
